import vm from "node:vm";

export const handler = async ({ script }: { script: string }) => {
  return vm.runInNewContext(script, {}); // fires
};
