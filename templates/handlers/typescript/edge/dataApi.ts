/** An Aurora cluster by the RDS Data API: a statement is a constant, and each value a typed parameter. */

import {
  ExecuteStatementCommand,
  type ExecuteStatementCommandOutput,
  type Field,
  RDSDataClient,
  type SqlParameter,
} from "@aws-sdk/client-rds-data";

import { CLIENT, lazy } from "./aws.js";
import { NotFound } from "./errors.js";

export type Value = string | number | boolean | null | Date | Uint8Array;
export type Row = Record<string, unknown>;
/** Name and value of each parameter. */
export type Values = readonly (readonly [string, Value])[];

const client = lazy(() => new RDSDataClient(CLIENT));

/** A value in the form that the Data API takes; its type never comes from a text. */
export function parameter(name: string, value: Value): SqlParameter {
  if (value === null) {
    return { name, value: { isNull: true } };
  }
  if (value instanceof Date) {
    const stringValue = value.toISOString().replace("T", " ").replace("Z", "");
    return { name, value: { stringValue }, typeHint: "TIMESTAMP" };
  }
  if (value instanceof Uint8Array) {
    return { name, value: { blobValue: value } };
  }
  switch (typeof value) {
    case "string":
      return { name, value: { stringValue: value } };
    case "boolean":
      return { name, value: { booleanValue: value } };
    case "number":
      return Number.isSafeInteger(value)
        ? { name, value: { longValue: value } }
        : { name, value: { doubleValue: value } };
    default:
      throw new TypeError("a value of this type is no parameter");
  }
}

function plain(field: Field): unknown {
  return "isNull" in field && field.isNull ? null : Object.values(field).find((v) => v !== undefined);
}

/** A database by its variables; nothing of it is named by an event. */
export class DataApi {
  constructor(
    private readonly cluster: string | undefined,
    private readonly secret: string | undefined,
    private readonly database: string | undefined,
  ) {}

  private async execute(statement: string, values: Values): Promise<ExecuteStatementCommandOutput> {
    return client().send(
      new ExecuteStatementCommand({
        resourceArn: this.cluster,
        secretArn: this.secret,
        database: this.database,
        sql: statement,
        parameters: values.map(([name, value]) => parameter(name, value)),
        includeResultMetadata: true,
      }),
    );
  }

  async rows(statement: string, values: Values): Promise<Row[]> {
    const found = await this.execute(statement, values);
    const names = (found.columnMetadata ?? []).map((column) => column.name ?? "");
    return (found.records ?? []).map((record) =>
      Object.fromEntries(names.map((name, index) => [name, plain(record.at(index) ?? { isNull: true })])),
    );
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
    const { numberOfRecordsUpdated } = await this.execute(statement, values);
    if (!numberOfRecordsUpdated) {
      throw new NotFound();
    }
  }
}
