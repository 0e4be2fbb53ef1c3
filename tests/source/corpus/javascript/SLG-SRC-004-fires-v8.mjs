import { deserialize } from "node-serialize-v2";
import { unserialize } from "serialize-to-js";

export const handler = async (event) => unserialize(event.body) ?? deserialize; // fires
