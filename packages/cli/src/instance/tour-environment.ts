import type { InstancePlace } from "../places/instance.ts";

/**
 * What the tour is told, by environment variable:
 *
 * - `NARROWGATE_BASE_URL` issuer and address of the instance, without trailing slash;
 * - `NARROWGATE_ADMIN_SOCKET` path of its admin socket; with the first, CLI commands need no `--data`;
 * - `NARROWGATE_OPERATOR_KEY` path of the key file (mode 0600) of an enrolled operator;
 * - `NARROWGATE_DATA` folder of the instance, for files the tour leaves behind;
 * - `NARROWGATE_CLI_NODE`, `NARROWGATE_CLI` the Node and the entry file by which the tour calls the CLI:
 *   `NODE --conditions=@narrowgate/source ENTRY ...`;
 * - `NARROWGATE_TOUR_COLOUR` is `1` when standard output shows colours.
 *
 * No key, code or token stands in it.
 */
export interface TourEnvironment {
  readonly NARROWGATE_BASE_URL: string;
  readonly NARROWGATE_ADMIN_SOCKET: string;
  readonly NARROWGATE_OPERATOR_KEY: string;
  readonly NARROWGATE_DATA: string;
  readonly NARROWGATE_CLI_NODE: string;
  readonly NARROWGATE_CLI: string;
  readonly NARROWGATE_TOUR_COLOUR: "0" | "1";
}

/** Makes the environment of the tour. @param folder - of the instance; @param cli - the CLI's entry file */
export function tourEnvironment(
  place: InstancePlace,
  more: { readonly folder: string; readonly cli: string; readonly colour: boolean },
): TourEnvironment {
  return {
    NARROWGATE_BASE_URL: place.baseUrl,
    NARROWGATE_ADMIN_SOCKET: place.adminSocket,
    NARROWGATE_OPERATOR_KEY: place.operatorKey,
    NARROWGATE_DATA: more.folder,
    NARROWGATE_CLI_NODE: process.execPath,
    NARROWGATE_CLI: more.cli,
    NARROWGATE_TOUR_COLOUR: more.colour ? "1" : "0",
  };
}
