/** What a program of ours needs of the environment it is started in: where things are, and how texts are written. */
const PASSED = [
  "HOME",
  "LANG",
  "LC_ALL",
  "LD_LIBRARY_PATH",
  "PATH",
  "TMPDIR",
  "TZ",
  "UV_THREADPOOL_SIZE",
] as const;

/**
 * The environment of a sandbox, and of the verifier beside it: a list, so that no secret of whoever drills comes along, and
 * no option of theirs changes what is measured.
 * @param env - of this process
 * @param code - where compiled code is kept between starts
 */
export function stageEnvironment(env: NodeJS.ProcessEnv, code: string): NodeJS.ProcessEnv {
  const passed = PASSED.flatMap((name) => {
    const value = env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(passed), NODE_COMPILE_CACHE: code };
}
