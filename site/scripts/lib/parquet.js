// A Parquet file as an Arrow table for DuckDB, exactly: decimals as text, times as whole microseconds, both cast there.
import { Bool, Field, Float32, Float64, Int64, List, Struct, Table, Utf8, makeBuilder, tableToIPC } from "apache-arrow";
import { decompress } from "fzstd";
import { parquetMetadata, parquetRead, parquetSchema } from "hyparquet";

const compressors = { ZSTD: (input, length) => decompress(input, new Uint8Array(length)) };

/** What a column is in the file, in Arrow, and in DuckDB (`cast`, where it is not what Arrow makes of it). */
function kindOf({ element, children }) {
  const { type, converted_type: converted, logical_type: logical } = element;
  if (children.length) return nestedKind(children, converted, logical);
  if (converted === "DECIMAL" || logical?.type === "DECIMAL") return decimalKind(element);
  if (logical?.type === "TIMESTAMP" && logical.unit === "MICROS") {
    return { arrow: new Int64(), raw: true, cast: (name) => `make_timestamp(${name})` };
  }
  if (type === "BYTE_ARRAY") return { arrow: new Utf8() };
  if (type === "BOOLEAN") return { arrow: new Bool() };
  if (type === "FLOAT") return { arrow: new Float32() };
  if (type === "DOUBLE") return { arrow: new Float64() };
  if (type === "INT64") return { arrow: new Int64() };
  if (type === "INT32" && !converted && !logical) return { arrow: new Int64(), of: BigInt };
  throw new Error(`${element.name} has a type that this page does not read: ${logical?.type ?? converted ?? type}`);
}

function decimalKind({ precision, scale }) {
  const cast = (name) => `${name}::DECIMAL(${precision}, ${scale})`;
  return { arrow: new Utf8(), raw: true, of: (value) => decimal(value, scale), cast };
}

/** Lists of text and of structs of text are what they are; anything else enters as JSON text. */
function nestedKind(children, converted, logical) {
  const element = converted === "LIST" || logical?.type === "LIST" ? children[0]?.children[0] : undefined;
  if (element && isText(element)) return { arrow: new List(new Field("item", new Utf8(), true)) };
  if (element?.children.length && element.children.every(isText)) {
    const fields = element.children.map((child) => new Field(child.element.name, new Utf8(), true));
    return { arrow: new List(new Field("item", new Struct(fields), true)) };
  }
  return { arrow: new Utf8(), of: toJson };
}

function isText({ element, children }) {
  return !children.length && element.type === "BYTE_ARRAY";
}

/** Maps are objects by their keys; whole numbers beyond a double's are kept as text. */
function toJson(value) {
  return JSON.stringify(value, (_, one) => {
    if (typeof one === "bigint") return Number.isSafeInteger(Number(one)) ? Number(one) : String(one);
    return one;
  });
}

/** An unscaled decimal (a bigint, or big-endian bytes) as exact text. */
export function decimal(value, scale) {
  let unscaled = typeof value === "bigint" ? value : typeof value === "number" ? BigInt(value) : signed(value);
  const sign = unscaled < 0n ? "-" : "";
  if (unscaled < 0n) unscaled = -unscaled;
  const digits = String(unscaled).padStart(scale + 1, "0");
  return scale ? `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}` : sign + digits;
}

function signed(bytes) {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return BigInt.asIntN(bytes.length * 8, value);
}

/** Columns of the file by name, as plain arrays with null. */
async function columnsOf(file, metadata, names) {
  const columns = Object.fromEntries(names.map((name) => [name, []]));
  const onComplete = (rows) => {
    for (const row of rows) names.forEach((name, i) => columns[name].push(row[i] ?? null));
  };
  await parquetRead({ file, metadata, columns: names, compressors, rowFormat: "array", onComplete });
  return columns;
}

/** An Arrow vector. What is null is told here, because Arrow would compile a function for it, which the policy forbids. */
function vector(values, type) {
  const builder = makeBuilder({ type });
  tellNull(builder);
  for (const value of values) builder.append(value);
  return builder.finish().toVector();
}

function tellNull(builder) {
  builder.isValid = (value) => value !== null && value !== undefined;
  builder.children.forEach(tellNull);
}

/**
 * A Parquet file's rows as an Arrow IPC stream, and the SQL of each column of the table that they are to become.
 * @param {ArrayBuffer} buffer
 */
export async function toArrow(buffer) {
  const metadata = parquetMetadata(buffer);
  const schema = parquetSchema(metadata).children;
  const kinds = schema.map(kindOf);
  const names = schema.map(({ element }) => element.name);
  schema.forEach(({ element }, i) => {
    if (!kinds[i].raw) return;
    delete element.converted_type; // else the reader would make a float, or a Date, of it
    delete element.logical_type;
  });
  const columns = await columnsOf(buffer, metadata, names);
  const vectors = kinds.map(({ arrow, of }, i) => {
    const values = of ? columns[names[i]].map((value) => (value === null ? null : of(value))) : columns[names[i]];
    return [names[i], vector(values, arrow)];
  });
  const table = new Table(Object.fromEntries(vectors));
  const quoted = names.map((name) => `"${name.replaceAll('"', '""')}"`);
  const select = quoted.map((name, i) => (kinds[i].cast ? `${kinds[i].cast(name)} AS ${name}` : name));
  return { stream: tableToIPC(table, "stream"), select: select.join(", "), rows: table.numRows };
}
