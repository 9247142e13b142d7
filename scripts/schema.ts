/** Writes stacks/customer.schema.json from the schema; a test fails while the two differ. */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { format } from "prettier";
import { customerJsonSchema } from "../stacks/schema.ts";

const target = fileURLToPath(new URL("../stacks/customer.schema.json", import.meta.url));
writeFileSync(target, await format(JSON.stringify(customerJsonSchema()), { parser: "json", printWidth: 120 }));
