/** RFC 9457 problem details: what was wrong, with which value, what would do. */
export interface Problem {
  type?: string;
  title: string;
  status: number;
  detail: string;
  errors?: FieldError[];
}

export interface FieldError {
  field: string;
  value: unknown;
  message: string;
  suggestion?: unknown;
}
