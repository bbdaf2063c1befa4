// A child that means to outlive its server: it hears neither the end of its input nor a request to end.
process.on("SIGTERM", () => {});
process.on("SIGHUP", () => {});
process.stdin.resume();
process.stdout.write(`${process.pid}\n`);
setInterval(() => {}, 1_000);
