// Makes TypeScript types of an AsyncAPI document: node types.mjs DOCUMENT FOLDER.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TypeScriptGenerator } from "@asyncapi/modelina";

const [document, folder] = process.argv.slice(2);
const generator = new TypeScriptGenerator({ modelType: "interface", enumType: "union", rawPropertyNames: true });
const models = await generator.generateCompleteModels(JSON.parse(readFileSync(document, "utf8")), {});
mkdirSync(folder, { recursive: true });
for (const model of models) writeFileSync(join(folder, `${model.modelName}.ts`), model.result);
