// DuckDB in the browser, from this site alone: the tables that a query names are fetched, decoded, and entered.
import { AsyncDuckDB, VoidLogger } from "@duckdb/duckdb-wasm";
import workerFile from "@duckdb/duckdb-wasm/dist/duckdb-browser-eh.worker.js";
import wasmFile from "@duckdb/duckdb-wasm/dist/duckdb-eh.wasm";
import { isNumeric, nameOf, rowsOf } from "./arrow.js";
import { toArrow } from "./parquet.js";

const WORD = /[a-z_][a-z0-9_]*/g;
const COMMENT = /('(?:[^']|'')*'|"(?:[^"]|"")*")|--.*|\/\*[^]*?\*\//g; // or a text, in which there is none
const OPERATOR = 3; // DuckDB's number for a token of this kind
const THERE = `SELECT table_name AS name FROM duckdb_tables() UNION ALL SELECT view_name FROM duckdb_views()
UNION ALL SELECT function_name FROM duckdb_functions() WHERE NOT internal`;

function bundled(file) {
  return new URL(file, import.meta.url).href;
}

/** A promise that fails with a worker, for which DuckDB would wait for ever. */
function failing(worker) {
  return new Promise((_, reject) => worker.addEventListener("error", () => reject(new Error("its worker does not start"))));
}

/** A database with the tables and views of a catalog, which are loaded as queries name them. */
export class Database {
  /** @param {{tables: object, views: object}} catalog @param {string} data where the dataset is */
  constructor(catalog, data) {
    this.catalog = catalog;
    this.data = data;
    this.ending = new AbortController();
  }

  /** @param {(loaded: number, total: number) => void} progress told of the bytes of DuckDB that are there, unpacked */
  async open(progress) {
    const worker = new Worker(bundled(workerFile));
    this.engine = new AsyncDuckDB(new VoidLogger(), worker);
    await Promise.race([this.engine.instantiate(bundled(wasmFile), null, ({ bytesLoaded }) => progress(bytesLoaded, WASM_BYTES)), failing(worker)]);
    await this.engine.open({ query: { castBigIntToDouble: false, castDecimalToDouble: false, castTimestampToDate: false } });
    this.connection = await this.engine.connect();
    // Nothing is fetched that this site does not have: no extension, no file of another address.
    for (const setting of ["autoinstall_known_extensions", "autoload_known_extensions", "enable_external_access"]) {
      await this.connection.query(`SET ${setting} = false`);
    }
  }

  /** End it in the midst of whatever it does, which is never answered. It cannot be asked again. */
  end() {
    this.ending.abort();
    this.engine.terminate();
  }

  /** The statements of a script, without what is none. DuckDB tells where they end: a semicolon may be in a text too. */
  async statements(script) {
    const bytes = new TextEncoder().encode(script);
    const { offsets, types } = await this.engine.tokenize(script);
    const found = [];
    let from = null;
    offsets.forEach((at, i) => {
      const ends = types[i] === OPERATOR && bytes[at] === 0x3b;
      if (!ends) from ??= at;
      else if (from !== null) found.push([from, at]);
      if (ends) from = null;
    });
    if (from !== null) found.push([from, bytes.length]);
    return found.map(([start, end]) => new TextDecoder().decode(bytes.subarray(start, end)));
  }

  /** The tables, and the views in the order of making, that a query needs. */
  needs(sql) {
    const [tables, seen, views] = [new Set(), new Set(), []];
    const visit = (text) => {
      for (const [word] of text.replace(COMMENT, "$1").toLowerCase().matchAll(WORD)) {
        if (Object.hasOwn(this.catalog.tables, word)) tables.add(word);
        else if (Object.hasOwn(this.catalog.views, word) && !seen.has(word)) {
          seen.add(word); // at once: its own text names it too
          visit(this.catalog.views[word]);
          views.push(word);
        }
      }
    };
    visit(sql);
    return { tables, views };
  }

  /** Load what a query needs and lacks: a reader may have dropped it again. @param {(text: string) => void} say */
  async prepare(sql, say) {
    const { tables, views } = this.needs(sql);
    if (!tables.size && !views.length) return;
    const there = new Set((await this.connection.query(THERE)).toArray().map(({ name }) => name));
    for (const name of tables) {
      if (there.has(name)) continue;
      say(`Loading ${name} …`);
      await this.load(name);
    }
    for (const name of views) {
      if (!there.has(name)) await this.connection.query(this.catalog.views[name]);
    }
  }

  /** Enter a table's files: all of them, or none. */
  async load(name) {
    const files = this.catalog.tables[name].files;
    const entered = await Promise.all(files.map((file) => this.fetched(file)));
    this.ending.signal.throwIfAborted();
    try {
      for (const [i, { stream, select }] of entered.entries()) {
        const made = i ? `INSERT INTO "${name}"` : `CREATE TABLE "${name}" AS`;
        await this.connection.insertArrowFromIPCStream(stream, { name: "entering", create: true });
        await this.connection.query(`${made} SELECT ${select} FROM entering`);
        await this.connection.query("DROP TABLE entering");
      }
    } catch (error) {
      for (const left of [name, "entering"]) await this.connection.query(`DROP TABLE IF EXISTS "${left}"`);
      throw error;
    }
  }

  async fetched(file) {
    try {
      const answer = await fetch(this.data + file, { signal: this.ending.signal });
      if (!answer.ok) throw new Error(`the site answers ${answer.status}`);
      const made = await toArrow(await answer.arrayBuffer());
      const month = /\/month=(\d{4}-\d{2})\//.exec(file)?.[1]; // the folder's name is a column, as elsewhere
      return month ? { ...made, select: `${made.select}, '${month}' AS month` } : made;
    } catch (error) {
      throw new Error(`data/${file} could not be loaded: ${error.message}.\nRun the query again; if it fails again, reload the page.`);
    }
  }

  /**
   * A statement's answer: `columns` and `types` by name, and in `rows()` the texts of each row, null for NULL.
   * A query's values are cast by DuckDB, so that they are the texts it makes: decimals exact, times in UTC.
   */
  async ask(statement) {
    const described = await this.described(statement);
    const table = await this.connection.query(described ? `FROM (${statement}\n) SELECT CAST(COLUMNS(*) AS VARCHAR)` : statement);
    const found = described ?? table.schema.fields.map(({ name, type }) => ({ name, type: nameOf(type) }));
    return {
      columns: found.map(({ name }) => name),
      types: found.map(({ type }) => type),
      numeric: found.map(({ type }) => isNumeric(type)),
      count: table.numRows,
      rows: () => rowsOf(table),
    };
  }

  /** A query's columns; null where the statement is of another kind, or wrong: run as it is, DuckDB says what is. */
  async described(statement) {
    try {
      const told = await this.connection.query(`DESCRIBE (${statement}\n)`);
      return told.toArray().map((row) => ({ name: row.column_name, type: row.column_type }));
    } catch {
      return null;
    }
  }
}
