/** Power cuts: an agent that ends before any step of it, and a machine that has only its disk afterwards. */
import type { DnsProxyArtefact } from "../../../plan/dnsProxy.ts";
import { runAgent } from "./executor.ts";
import { installExecutor } from "./executorRules.ts";
import type { Ended, Host } from "./hosts.ts";
import { ADDRESS } from "./topology.ts";

/** Ends Python before the step that the environment names; a step writes, renames, links, removes or runs something. */
const CUT = `import os, sys
left = int(os.environ["CUT"])
STEPS = ("os.rename", "os.symlink", "os.mkdir", "os.remove", "os.rmdir", "subprocess.Popen")
def before(event, arguments):
    global left
    if event in STEPS or (event == "open" and str(arguments[1]).startswith("w")):
        left -= 1
        if left < 0:
            os._exit(137)
sys.addaudithook(before)
`;

/** Makes {@link runCut} possible on an executor. */
export const installCut = (executor: Host): void => executor.write("/usr/local/lib/cut/sitecustomize.py", CUT);

/** Runs the agent's own command; it ends with 137 before its step `cut`, counted from nought, where it has so many. */
export const runCut = (executor: Host, cut: number): Promise<Ended> =>
  runAgent(executor, { CUT: String(cut), PYTHONPATH: "/usr/local/lib/cut" });

/** What is in memory and in the kernel is gone, and the executor installs itself. */
export async function reboot(executor: Host): Promise<void> {
  await executor.must(["sh"], {
    input: `for unit in dns-proxy dns-proxy-container; do systemctl stop $unit.service; done
      iptables -F; iptables -X; iptables -t nat -F; rm -f /run/*.pid`,
  });
  await installExecutor(executor, { guests: [ADDRESS.guest, ADDRESS.neighbour] });
}

/** The rules an artefact opens for guests, as they are listed. */
export const rulesOf = ({ guestRules }: DnsProxyArtefact): string[] =>
  guestRules.split("\n").filter((line) => line.startsWith("-A CAUSEWAY-GUEST"));
