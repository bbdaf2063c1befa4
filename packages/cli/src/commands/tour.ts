import { openAdmin } from "../admin/admin-client.ts";
import type { CommandSpec } from "../command.ts";
import { runTour } from "../instance/tour.ts";
import { INSTANCE_OPTIONS } from "../places/instance.ts";

/** `narrowgate tour` */
export const tour: CommandSpec = {
  path: ["tour"],
  summary: "run the sample support desk through the gate of a running instance",
  options: INSTANCE_OPTIONS,
  examples: [["narrowgate tour", "against the instance in .narrowgate; 0 only when all of it verified"]],
  async run(call) {
    const admin = await openAdmin(call);
    await admin.read("/status");
    const exit = await runTour(call, admin.place);
    return { json: { exit }, exit };
  },
};
