import type { SettingsSpec, TrustedIssuer } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import type { PolicyBundle } from "@narrowgate/policy";
import type { OperationKind } from "./ports.ts";

/** Rooms of the state table that the registry writes; no other room may. */
export const ROOM_AGENT = "registry/agent";
export const ROOM_SERVER = "registry/server";
export const ROOM_ISSUER = "registry/issuer";
export const ROOM_PIN = "registry/pin";
/** Single rows: `revision`, `settings`, `policy`. */
export const ROOM_SINGLE = "registry/single";

/** An issuer, live or taken away. */
export interface IssuerRow {
  readonly record: TrustedIssuer;
  readonly ref: string;
  readonly version: number;
  readonly live: boolean;
}

/** An approved definition. */
export interface PinRow {
  readonly ref: string;
  readonly version: number;
  /** Id of the server. */
  readonly server: string;
  readonly kind: OperationKind;
  readonly name: string;
  readonly digest: string;
  readonly definition: JsonObject;
  readonly entry: string;
}

/** Settings of the instance. */
export interface SettingsRow {
  readonly ref: string;
  readonly version: number;
  readonly entry: string;
  readonly settings: SettingsSpec;
}

/** The policy bundle in force. */
export interface PolicyRow {
  readonly digest: string;
  readonly procedure: string;
  readonly entry: string;
  readonly bundle: PolicyBundle;
}
