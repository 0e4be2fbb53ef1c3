import { PrismaClient } from "@prisma/client";

const prisma = new PrismaClient();

const load = async (name: string) => {
  const sql = `SELECT * FROM users WHERE name = '${name}'`;
  return prisma.$queryRawUnsafe(sql); // fires
};

export const handler = async (event: { names: string[] }) => Promise.all(event.names.map(async (name) => load(name)));
