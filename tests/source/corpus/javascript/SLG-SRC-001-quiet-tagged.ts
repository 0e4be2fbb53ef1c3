import { PrismaClient } from "@prisma/client";

const prisma = new PrismaClient();

export const handler = async (event: { name: string }) =>
  prisma.$queryRaw`SELECT * FROM users WHERE name = ${event.name}`;
