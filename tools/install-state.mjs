/**
 * True when npm's own record of node_modules agrees with the lock, as after `npm install`: no need to install again.
 * Packages that are optional may be absent, since those of other platforms are never installed.
 * @param {Record<string, {version?: string, integrity?: string, optional?: boolean}>} locked - `packages` of the lock
 * @param {Record<string, {version?: string, integrity?: string}>} installed - `packages` of npm's hidden lock
 */
export function isInstalled(locked, installed) {
  const sameAsLock = Object.entries(installed).every(([path, entry]) => {
    const wanted = locked[path];
    return wanted !== undefined && wanted.version === entry.version && wanted.integrity === entry.integrity;
  });
  const nothingMissing = Object.entries(locked).every(
    ([path, entry]) =>
      !path.includes("node_modules/") || entry.optional === true || installed[path] !== undefined,
  );
  return sameAsLock && nothingMissing;
}
