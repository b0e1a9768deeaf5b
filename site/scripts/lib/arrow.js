// What DuckDB answers, as the text that DuckDB itself makes of it. It is read from Arrow's buffers: Arrow's own getters
// leave out a decimal's scale, and make floats of times.
import { Type } from "apache-arrow";
import { decimal } from "./parquet.js";

const DAY = 86_400n;
const CYCLE = 146_097; // days after which the calendar repeats, 400 years
const PER_SECOND = [1n, 1_000n, 1_000_000n, 1_000_000_000n]; // by Arrow's unit of time
const ENDLESS = { date: 2 ** 31 - 1, moment: 2n ** 63n - 1n };
const SPECIAL = /^$|^\s|\s$|^null$|[,(){}[\]:='"\\]/i; // what is quoted inside of a list, struct or map
const INTEGERS = { 8: "TINYINT", 16: "SMALLINT", 32: "INTEGER", 64: "BIGINT" };
const MOMENTS = ["TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP", "TIMESTAMP_NS"];
const NUMERIC = new Set([Type.Int, Type.Float, Type.Decimal]);
const NESTED = new Set([Type.List, Type.FixedSizeList, Type.Struct, Type.Map, Type.Union]);
const utf8 = new TextDecoder();

const texts = {
  [Type.Null]: () => null,
  [Type.Bool]: ({ values, offset }, i) => String(((values[(offset + i) >> 3] >> ((offset + i) & 7)) & 1) === 1),
  [Type.Int]: ({ values }, i) => String(values[i]),
  [Type.Float]: ({ values }, i) => float(values[i], values instanceof Float32Array),
  [Type.Decimal]: ({ values, type }, i) => decimal(BigInt.asIntN(128, whole(values.subarray(4 * i, 4 * i + 4))), type.scale),
  [Type.FixedSizeBinary]: ({ values }, i) => String(whole(new Uint32Array(values.slice(16 * i, 16 * i + 16).buffer))), // UHUGEINT
  [Type.Utf8]: (data, i) => utf8.decode(bytes(data, i)),
  [Type.Binary]: (data, i) => blob(bytes(data, i)),
  [Type.Date]: ({ values }, i) => date(values[i]),
  [Type.Time]: ({ values, type }, i) => clock(BigInt(values[i]), type.unit),
  [Type.Timestamp]: ({ values, type }, i) => moment(values[i], type),
  [Type.Interval]: ({ values }, i) => interval(...values.subarray(4 * i, 4 * i + 4)),
  [Type.Dictionary]: ({ values, dictionary }, i) => dictionary.get(values[i]),
  [Type.List]: (data, i) => list(data.children[0], data.valueOffsets[i], data.valueOffsets[i + 1]),
  [Type.FixedSizeList]: ({ children, type }, i) => list(children[0], type.listSize * i, type.listSize * (i + 1)),
  [Type.Struct]: struct,
  [Type.Map]: map,
  [Type.Union]: ({ children, typeIds, type }, i) => textAt(children[type.typeIdToChildIndex[typeIds[i]]], i),
};

/** A value of a column's data as text, null for NULL. */
export function textAt(data, i) {
  if (data.typeId !== Type.Union && !data.getValid(i)) return null;
  return texts[data.typeId](data, i);
}

/** The rows of an Arrow table, each as the texts of its values. */
export function* rowsOf(table) {
  for (const { data, numRows } of table.batches) {
    for (let i = 0; i < numRows; i++) yield data.children.map((column) => textAt(column, i));
  }
}

/** Whether a type is one of numbers, which stand to the right. */
export function isNumeric(type) {
  return NUMERIC.has(type.typeId);
}

/** What SQL calls a type; a HUGEINT comes as a DECIMAL(38,0). */
export function nameOf(type) {
  switch (type.typeId) {
    case Type.Bool: return "BOOLEAN";
    case Type.Int: return (type.isSigned ? "" : "U") + INTEGERS[type.bitWidth];
    case Type.Float: return type.precision === 1 ? "FLOAT" : "DOUBLE";
    case Type.Decimal: return `DECIMAL(${type.precision},${type.scale})`;
    case Type.FixedSizeBinary: return "UHUGEINT";
    case Type.Utf8: return "VARCHAR";
    case Type.Binary: return "BLOB";
    case Type.Timestamp: return type.timezone ? "TIMESTAMPTZ" : MOMENTS[type.unit];
    case Type.Dictionary: return "ENUM";
    case Type.List: return `${nameOf(type.children[0].type)}[]`;
    case Type.FixedSizeList: return `${nameOf(type.children[0].type)}[${type.listSize}]`;
    case Type.Map: return `MAP(${type.children[0].type.children.map((one) => nameOf(one.type)).join(", ")})`;
    case Type.Struct: return `STRUCT(${type.children.map((one) => `${one.name} ${nameOf(one.type)}`.trim()).join(", ")})`;
    default: return Type[type.typeId].toUpperCase(); // DATE, TIME, INTERVAL, UNION
  }
}

function bytes({ values, valueOffsets }, i) {
  return values.subarray(valueOffsets[i], valueOffsets[i + 1]);
}

/** A whole number of 32-bit words, the lowest first. */
function whole(words) {
  return words.reduceRight((sum, word) => (sum << 32n) | BigInt(word), 0n);
}

/** The fewest digits that mean the same number, and always a point or an exponent. */
function float(value, single) {
  if (!Number.isFinite(value)) return String(value).toLowerCase().replace("infinity", "inf");
  let text = value.toExponential();
  for (let digits = 0; single && digits < 9; digits++) {
    text = value.toExponential(digits);
    if (Math.fround(Number(text)) === value) break;
  }
  const [mantissa, exponent] = text.split("e");
  if (exponent < -4 || exponent > 15) return `${mantissa}e${exponent[0]}${exponent.slice(1).padStart(2, "0")}`;
  const plain = Object.is(value, -0) ? "-0" : String(Number(text));
  return plain.includes(".") ? plain : `${plain}.0`;
}

function blob(given) {
  const plain = (byte) => byte >= 32 && byte < 127 && !`'"\\`.includes(String.fromCharCode(byte));
  const hex = (byte) => `\\x${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  return Array.from(given, (byte) => (plain(byte) ? String.fromCharCode(byte) : hex(byte))).join("");
}

/** A day counted from 1970, beyond the years of a Date too. */
function date(days) {
  if (Math.abs(days) === ENDLESS.date) return days < 0 ? "-infinity" : "infinity";
  const cycles = Math.floor(days / CYCLE);
  const within = new Date((days - cycles * CYCLE) * 86_400_000);
  const year = within.getUTCFullYear() + 400 * cycles;
  const [month, day] = [within.getUTCMonth() + 1, within.getUTCDate()].map(two);
  return `${String(year > 0 ? year : 1 - year).padStart(4, "0")}-${month}-${day}${year > 0 ? "" : " (BC)"}`;
}

function two(number) {
  return String(number).padStart(2, "0");
}

/** A time since midnight, in units of which `PER_SECOND` tells. */
function clock(time, unit) {
  const seconds = time / PER_SECOND[unit];
  const fraction = String(time % PER_SECOND[unit]).padStart(3 * unit, "0").replace(/0+$/, "");
  const parts = [seconds / 3600n, (seconds / 60n) % 60n, seconds % 60n].map(two).join(":");
  return fraction ? `${parts}.${fraction}` : parts;
}

function moment(time, { unit, timezone }) {
  if (time === ENDLESS.moment || time === -ENDLESS.moment) return time < 0n ? "-infinity" : "infinity";
  const day = DAY * PER_SECOND[unit];
  const within = ((time % day) + day) % day;
  return `${date(Number((time - within) / day))} ${clock(within, unit)}${timezone ? "+00" : ""}`;
}

/** An interval of months, days, and nanoseconds in two words. */
function interval(months, days, low, high) {
  const nanos = (BigInt(high) << 32n) | BigInt(low >>> 0);
  const counts = [[Math.trunc(months / 12), "year"], [months % 12, "month"], [days, "day"]];
  const parts = counts.filter(([n]) => n).map(([n, name]) => `${n} ${name}${Math.abs(n) === 1 ? "" : "s"}`);
  if (nanos || !parts.length) parts.push(nanos < 0n ? `-${clock(-nanos, 3)}` : clock(nanos, 3));
  return parts.join(" ");
}

function list(child, from, until) {
  return `[${Array.from({ length: until - from }, (_, i) => inside(child, from + i)).join(", ")}]`;
}

function struct({ children, type }, i) {
  const named = type.children.some(({ name }) => name);
  const parts = children.map((child, k) => (named ? `${quoted(type.children[k].name)}: ` : "") + inside(child, i));
  return named ? `{${parts.join(", ")}}` : `(${parts.join(", ")})`;
}

function map({ children: [{ children: [keys, values] }], valueOffsets }, i) {
  const parts = [];
  for (let at = valueOffsets[i]; at < valueOffsets[i + 1]; at++) parts.push(`${inside(keys, at)}=${inside(values, at)}`);
  return `{${parts.join(", ")}}`;
}

/** A value inside of another: quoted where it could be taken for something else. */
function inside(data, i) {
  const text = textAt(data, i);
  if (text === null) return "NULL";
  return !NESTED.has(data.typeId) && SPECIAL.test(text) ? quoted(text) : text;
}

function quoted(text) {
  return `'${text.replace(/['\\]/g, "\\$&")}'`;
}
