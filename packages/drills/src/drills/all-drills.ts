import { absentDrill, type Drill } from "../run/drill.ts";
import { dr01 } from "./dr-01.ts";
import { dr02 } from "./dr-02.ts";
import { dr03 } from "./dr-03.ts";
import { dr05 } from "./dr-05.ts";
import { dr06 } from "./dr-06.ts";
import { dr07 } from "./dr-07.ts";
import { dr08 } from "./dr-08.ts";
import { dr09 } from "./dr-09.ts";
import { dr10 } from "./dr-10.ts";
import { dr11 } from "./dr-11.ts";
import { dr13 } from "./dr-13.ts";
import { dr14 } from "./dr-14.ts";
import { dr15 } from "./dr-15.ts";
import { dr16 } from "./dr-16.ts";
import { dr17 } from "./dr-17.ts";
import { dr18 } from "./dr-18.ts";
import { dr19 } from "./dr-19.ts";
import { dr20 } from "./dr-20.ts";
import { dr21 } from "./dr-21.ts";
import { dr22 } from "./dr-22.ts";
import { dr24 } from "./dr-24.ts";
import { dr25 } from "./dr-25.ts";
import { dr26 } from "./dr-26.ts";
import { dr30 } from "./dr-30.ts";
import { dr31 } from "./dr-31.ts";

/**
 * Drills that run, in the order in which they are run: those first that leave their sandbox as it was, then those after
 * which it has to be looked at, then those apart from a pilot.
 */
export const DRILLS: readonly Drill[] = [
  dr01,
  dr02,
  dr03,
  dr05,
  dr06,
  dr07,
  dr10,
  dr14,
  dr13,
  dr21,
  dr22,
  dr30,
  dr26,
  dr25,
  dr09,
  dr19,
  dr31,
  dr11,
  dr20,
  dr15,
  dr16,
  dr24,
  dr17,
  dr08,
  dr18,
];

/** Drills of the catalogue whose subject does not exist here yet, and why. */
export const ABSENT: readonly Drill[] = [
  absentDrill(
    "DR-04",
    "Secret canaries on six surfaces",
    "there is no search for secrets on the surfaces of an agent",
  ),
  absentDrill(
    "DR-12",
    "Round the gateway",
    "there is no second vantage: what passes round the gate is not seen",
  ),
  absentDrill(
    "DR-23",
    "Shadow agent and server",
    "there is no discovery of agents and servers that nobody registered",
  ),
  absentDrill("DR-27", "Slow-burn rogue", "nothing watches how an agent's pattern drifts"),
  absentDrill(
    "DR-29",
    "Leaver, orphan, impersonator",
    "there is no directory from which an owner is removed",
  ),
  absentDrill("DR-28", "Out of the box", "agents run in no sandbox of this product"),
];
