// DuckDB in the browser, from this site alone: the tables that a query names are fetched, decoded, and entered.
import { AsyncDuckDB, VoidLogger } from "@duckdb/duckdb-wasm";
import workerFile from "@duckdb/duckdb-wasm/dist/duckdb-browser-eh.worker.js";
import wasmFile from "@duckdb/duckdb-wasm/dist/duckdb-eh.wasm";
import { toArrow } from "./parquet.js";

const SELECTS = /^(select|with|from|values|table|pivot|unpivot|describe|show|summarize)\b/i;
const WORD = /[a-z_][a-z0-9_]*/g;

function bundled(file) {
  return new URL(file, import.meta.url).href;
}

/** A database with the tables and views of a catalog, which are loaded as queries name them. */
export class Database {
  /** @param {{tables: object, views: object}} catalog @param {string} data where the dataset is */
  constructor(catalog, data) {
    this.catalog = catalog;
    this.data = data;
    this.loaded = new Set();
  }

  async open() {
    const engine = new AsyncDuckDB(new VoidLogger(), new Worker(bundled(workerFile)));
    await engine.instantiate(bundled(wasmFile));
    await engine.open({ query: { castBigIntToDouble: false, castDecimalToDouble: false, castTimestampToDate: false } });
    this.connection = await engine.connect();
    // Nothing is fetched that this site does not have: no extension, no file of another address.
    for (const setting of ["autoinstall_known_extensions", "autoload_known_extensions", "enable_external_access"]) {
      await this.connection.query(`SET ${setting} = false`);
    }
  }

  /** The tables, and the views in the order of making, that a query needs. */
  needs(sql) {
    const [tables, views] = [new Set(), []];
    const visit = (text) => {
      for (const [word] of text.toLowerCase().matchAll(WORD)) {
        if (Object.hasOwn(this.catalog.tables, word)) tables.add(word);
        else if (Object.hasOwn(this.catalog.views, word) && !views.includes(word)) {
          visit(this.catalog.views[word].replace(/--.*$/gm, "").replace(`"${word}"`, ""));
          if (!views.includes(word)) views.push(word);
        }
      }
    };
    visit(sql.replace(/--.*$/gm, ""));
    return { tables, views };
  }

  /** Load what a query needs and lacks. @param {(text: string) => void} say */
  async prepare(sql, say) {
    const { tables, views } = this.needs(sql);
    for (const name of tables) {
      if (this.loaded.has(name)) continue;
      say(`Loading ${name} …`);
      await this.load(name);
    }
    for (const name of views) {
      if (this.loaded.has(name)) continue;
      await this.connection.query(this.catalog.views[name]);
      this.loaded.add(name);
    }
  }

  async load(name) {
    const files = this.catalog.tables[name].files;
    const entered = await Promise.all(files.map((file) => this.fetched(file)));
    for (const [i, { stream, select }] of entered.entries()) {
      const made = i ? `INSERT INTO "${name}"` : `CREATE TABLE "${name}" AS`;
      await this.connection.insertArrowFromIPCStream(stream, { name: "entering", create: true });
      await this.connection.query(`${made} SELECT ${select} FROM entering`);
      await this.connection.query("DROP TABLE entering");
    }
    this.loaded.add(name);
  }

  async fetched(file) {
    const answer = await fetch(this.data + file);
    if (!answer.ok) throw new Error(`data/${file}: ${answer.status}`);
    return toArrow(await answer.arrayBuffer());
  }

  /** An answer in full, as text: DuckDB itself casts what a query selects, so nothing loses a digit on its way. */
  async ask(sql) {
    const statement = sql.trim().replace(/;\s*$/, "");
    const bare = statement.replace(/^(\s*--.*\n|\s)*/, "");
    const columns = SELECTS.test(bare) ? await this.described(statement) : null;
    if (!columns) return plain(await this.connection.query(statement));
    const names = columns.map((_, i) => `c${i}`);
    const cast = names.map((name) => `CAST(${name} AS VARCHAR) AS ${name}`).join(", ");
    const answer = await this.connection.query(`SELECT ${cast} FROM (${statement}\n) AS answer(${names.join(", ")})`);
    return { columns: columns.map(({ name }) => name), types: columns.map(({ type }) => type), rows: rowsOf(answer) };
  }

  /** Names and types of a statement's columns; null where it is wrong, or no part of another one. */
  async described(statement) {
    try {
      const found = await this.connection.query(`DESCRIBE SELECT * FROM (${statement}\n)`);
      return found.toArray().map((row) => ({ name: row.column_name, type: row.column_type }));
    } catch {
      return null; // run as it stands, it will say what is wrong
    }
  }
}

/** The answer of a statement that does not select. */
function plain(answer) {
  const { fields } = answer.schema;
  return { columns: fields.map(({ name }) => name), types: fields.map(() => ""), rows: rowsOf(answer) };
}

function rowsOf(answer) {
  const columns = answer.schema.fields.map((_, i) => answer.getChildAt(i));
  return Array.from({ length: answer.numRows }, (_, row) => columns.map((column) => column.get(row)));
}
