import { spawn } from "node:child_process";

export const handler = async (event: { word: string }) => {
  spawn(`grep ${event.word} words.txt`, { shell: true }); // fires
};
