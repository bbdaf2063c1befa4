import type { Config } from "../config/config.ts";
import type { Registry } from "../registry/registry.ts";

const MANDATE_LIFE_SECONDS = 24 * 3600;
const MANDATE_IDLE_SECONDS = 24 * 3600;
const AUTONOMOUS_LIFE_SECONDS = 15 * 60;

/** Bounds that the registry states; each look gives those of this moment. */
export interface SettingsInForce {
  readonly tokenLifeSeconds: number;
  readonly maxLifeSeconds: number;
  readonly maxIdleSeconds: number;
  readonly autonomousLifeSeconds: number;
}

/** What an operator signed into the registry comes before the configuration, and that before our own. */
export function settingsInForce(config: Config, registry: Pick<Registry, "settings">): SettingsInForce {
  const maxLife = (): number => registry.settings().mandateLifeSeconds ?? MANDATE_LIFE_SECONDS;
  return {
    get tokenLifeSeconds() {
      return registry.settings().tokenLifeSeconds ?? config.tokenLifeSeconds;
    },
    get maxLifeSeconds() {
      return maxLife();
    },
    get maxIdleSeconds() {
      return registry.settings().mandateIdleSeconds ?? MANDATE_IDLE_SECONDS;
    },
    get autonomousLifeSeconds() {
      return Math.min(AUTONOMOUS_LIFE_SECONDS, maxLife());
    },
  };
}
