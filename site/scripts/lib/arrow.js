// What DuckDB answers, as texts. A query's values come as the texts that DuckDB itself has made; those of a statement
// that cannot stand in FROM, such as EXECUTE or INSERT … RETURNING, are read here from Arrow's buffers, because Arrow's
// own getters leave out a decimal's scale and make floats of times.
import { Type } from "apache-arrow";
import { decimal } from "./parquet.js";

const DAY = 86_400_000n; // in ms
const PER_MS = [null, 1n, 1_000n, 1_000_000n]; // of the unit of time, by its number; 0 are seconds
const [FIRST, LAST] = [-62_135_596_800_000n, 253_402_300_799_999n]; // the years 1 to 9999
const NUMERIC = /^(U?(TINY|SMALL|BIG|HUGE)?INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(\d+,\s?\d+\)|BIGNUM)$/;

const texts = {
  [Type.Utf8]: (vector, i) => vector.get(i),
  [Type.Bool]: (vector, i) => String(vector.get(i)),
  [Type.Int]: ({ values }, i) => String(values[i]),
  [Type.Float]: ({ values }, i) => float(values[i], values instanceof Float32Array),
  [Type.Decimal]: ({ values, type }, i) => decimal(new Uint8Array(values.slice(4 * i, 4 * i + 4).buffer).reverse(), type.scale),
  [Type.Timestamp]: ({ values, type }, i) => moment(values[i], type),
  [Type.Date]: ({ values }, i) => moment(BigInt(values[i]) * DAY, { unit: 1 }).slice(0, 10),
};
const NAMES = { [Type.Utf8]: () => "VARCHAR", [Type.Bool]: () => "BOOLEAN", [Type.Decimal]: ({ precision, scale }) => `DECIMAL(${precision},${scale})` };
const INTEGERS = { 8: "TINYINT", 16: "SMALLINT", 32: "INTEGER", 64: "BIGINT" };

/** The rows of an Arrow table, each as the texts of its values, null for NULL. */
export function* rowsOf(table) {
  for (const batch of table.batches) {
    const columns = batch.schema.fields.map((field, i) => reader(batch.getChildAt(i), field));
    for (let i = 0; i < batch.numRows; i++) yield columns.map((read) => read(i));
  }
}

function reader(vector, { name, type }) {
  const [data] = vector.data; // a batch's column is one piece
  if (type.typeId === Type.Null) return () => null;
  const text = texts[type.typeId];
  if (!text) throw unread(`the type of the column ${name}, ${type},`);
  const from = type.typeId === Type.Utf8 || type.typeId === Type.Bool ? vector : data;
  return (i) => (data.getValid(i) ? text(from, i) : null);
}

function unread(what) {
  return new Error(`The statement was run, but this page reads ${what} from queries alone.\nSELECT it from a table.`);
}

/** Whether a type of DuckDB is one of numbers, which stand to the right. */
export function isNumeric(type) {
  return NUMERIC.test(type);
}

/** What SQL calls a type of Arrow; of those that `rowsOf` does not read, Arrow's own name. */
export function nameOf(type) {
  if (type.typeId === Type.Int) return (type.isSigned ? "" : "U") + INTEGERS[type.bitWidth];
  if (type.typeId === Type.Float) return type.precision === 1 ? "FLOAT" : "DOUBLE";
  return NAMES[type.typeId]?.(type) ?? Type[type.typeId].toUpperCase();
}

/** The fewest digits that mean the same number. */
function float(value, single) {
  for (let digits = 1; single && digits < 9; digits++) {
    if (Math.fround(value.toPrecision(digits)) === value) return String(Number(value.toPrecision(digits)));
  }
  return String(value);
}

/** A moment in UTC, with all its digits. */
function moment(time, { unit, timezone }) {
  if (unit === 0) return moment(time * 1000n, { unit: 1, timezone });
  const whole = PER_MS[unit];
  const below = ((time % whole) + whole) % whole;
  const at = (time - below) / whole;
  if (at < FIRST || at > LAST) throw unread("a time outside of the years 1 to 9999");
  const [date, clock] = new Date(Number(at)).toISOString().slice(0, -1).split("T");
  const fraction = `${clock.slice(9)}${below ? String(below).padStart(3 * (unit - 1), "0") : ""}`.replace(/0+$/, "");
  return `${date} ${clock.slice(0, 8)}${fraction && `.${fraction}`}${timezone ? "+00" : ""}`;
}
