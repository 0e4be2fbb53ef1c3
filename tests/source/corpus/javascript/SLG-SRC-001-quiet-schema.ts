import { z } from "zod";
import { pool } from "./pool.js";

const Sort = z.object({ column: z.enum(["date", "total"]) });

export const handler = async (event: unknown) => {
  const { column } = Sort.parse(event);
  return pool.query(`SELECT * FROM orders ORDER BY ${column}`);
};
