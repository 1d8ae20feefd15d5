/** A scalar as YAML takes it within braces. JSON's strings are YAML's. */
export const scalar = (s: string): string => (/^[A-Za-z][\w-]*( [\w-]+)*$/.test(s) && !/^(true|false|yes|no|on|off|null|y|n)$/i.test(s) ? s : JSON.stringify(s))
