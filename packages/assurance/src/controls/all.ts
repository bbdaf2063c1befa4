import type { Control } from "../fold/control.ts";
import { apr01 } from "./apr/apr-01.ts";
import { apr02 } from "./apr/apr-02.ts";
import { apr03 } from "./apr/apr-03.ts";
import { apr04 } from "./apr/apr-04.ts";
import { crd01 } from "./crd/crd-01.ts";
import { crd02 } from "./crd/crd-02.ts";
import { crd03 } from "./crd/crd-03.ts";
import { crd04 } from "./crd/crd-04.ts";
import { crd05 } from "./crd/crd-05.ts";
import { ctn01 } from "./ctn/ctn-01.ts";
import { ctn02 } from "./ctn/ctn-02.ts";
import { ctn03 } from "./ctn/ctn-03.ts";
import { ctn04 } from "./ctn/ctn-04.ts";
import { ctn05 } from "./ctn/ctn-05.ts";
import { del01 } from "./del/del-01.ts";
import { del02 } from "./del/del-02.ts";
import { del03 } from "./del/del-03.ts";
import { del04 } from "./del/del-04.ts";
import { del05 } from "./del/del-05.ts";
import { del06 } from "./del/del-06.ts";
import { evd01 } from "./evd/evd-01.ts";
import { evd02 } from "./evd/evd-02.ts";
import { evd03 } from "./evd/evd-03.ts";
import { evd04 } from "./evd/evd-04.ts";
import { evd05 } from "./evd/evd-05.ts";
import { evd06 } from "./evd/evd-06.ts";
import { evd07 } from "./evd/evd-07.ts";
import { idn01 } from "./idn/idn-01.ts";
import { idn02 } from "./idn/idn-02.ts";
import { idn03 } from "./idn/idn-03.ts";
import { idn04 } from "./idn/idn-04.ts";
import { idn05 } from "./idn/idn-05.ts";
import { pol01 } from "./pol/pol-01.ts";
import { pol02 } from "./pol/pol-02.ts";
import { pol03 } from "./pol/pol-03.ts";
import { pol04 } from "./pol/pol-04.ts";
import { pol05 } from "./pol/pol-05.ts";
import { pol06 } from "./pol/pol-06.ts";
import { rel01 } from "./rel/rel-01.ts";
import { rel02 } from "./rel/rel-02.ts";
import { rel03 } from "./rel/rel-03.ts";
import { rel04 } from "./rel/rel-04.ts";
import { rel05 } from "./rel/rel-05.ts";
import { rel06 } from "./rel/rel-06.ts";
import { tsc01 } from "./tsc/tsc-01.ts";
import { tsc02 } from "./tsc/tsc-02.ts";
import { tsc03 } from "./tsc/tsc-03.ts";
import { tsc04 } from "./tsc/tsc-04.ts";
import { tsc05 } from "./tsc/tsc-05.ts";

/** Every control that ships, in order of id. */
export const controls: readonly Control[] = [
  apr01,
  apr02,
  apr03,
  apr04,
  crd01,
  crd02,
  crd03,
  crd04,
  crd05,
  ctn01,
  ctn02,
  ctn03,
  ctn04,
  ctn05,
  del01,
  del02,
  del03,
  del04,
  del05,
  del06,
  evd01,
  evd02,
  evd03,
  evd04,
  evd05,
  evd06,
  evd07,
  idn01,
  idn02,
  idn03,
  idn04,
  idn05,
  pol01,
  pol02,
  pol03,
  pol04,
  pol05,
  pol06,
  rel01,
  rel02,
  rel03,
  rel04,
  rel05,
  rel06,
  tsc01,
  tsc02,
  tsc03,
  tsc04,
  tsc05,
];
