// What stands before report.js in the report's module: assets/js/figures.js.
declare const CONFIG: Json;
declare function themed(figure: Figure, width?: number, height?: number): Figure;
