/**
 * A value of which only the valid parts are there. What is checked while other parts of a file are broken is written
 * against this, so that one run finds every problem.
 */
export type Partly<T> = T extends readonly (infer Element)[]
  ? readonly (Partly<Element> | undefined)[]
  : T extends object
    ? { readonly [Key in keyof T]?: Partly<T[Key]> | undefined }
    : T;
