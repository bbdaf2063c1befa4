import chromium from "@sparticuz/chromium";
import { type Browser, chromium as driver } from "playwright-core";

// Our own flags: those of the package switch the same-origin rule off, and then no test of it could fail.
const flags = [
  "--no-sandbox",
  "--headless=shell",
  "--use-gl=angle",
  "--use-angle=swiftshader",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-quic",
];

/** Starts a real Chromium: the one that is installed when NARROWGATE_CHROMIUM names it, else the one of the registry. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = process.env.NARROWGATE_CHROMIUM ?? (await chromium.executablePath());
  return driver.launch({ executablePath, args: flags, ignoreDefaultArgs: ["--disable-web-security"] });
}
