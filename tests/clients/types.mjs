// Makes types of an AsyncAPI document: node types.mjs DOCUMENT FOLDER ts|java|py.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { JavaFileGenerator, PYTHON_PYDANTIC_PRESET, PythonFileGenerator, TypeScriptGenerator } from "@asyncapi/modelina";

const [document, folder, language] = process.argv.slice(2);
const contract = JSON.parse(readFileSync(document, "utf8"));
mkdirSync(folder, { recursive: true });
if (language === "ts") {
  const generator = new TypeScriptGenerator({ modelType: "interface", enumType: "union", rawPropertyNames: true });
  const models = await generator.generateCompleteModels(contract, {});
  for (const model of models) writeFileSync(join(folder, `${model.modelName}.ts`), model.result);
} else {
  const java = () => new JavaFileGenerator({ collectionType: "List" });
  const python = () => new PythonFileGenerator({ presets: [PYTHON_PYDANTIC_PRESET] });
  const generator = language === "java" ? java() : python();
  await generator.generateToFiles(contract, folder, { packageName: "tuiding" }, true);
}
