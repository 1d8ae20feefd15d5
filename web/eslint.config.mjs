import js from '@eslint/js'
import jsxA11y from 'eslint-plugin-jsx-a11y'
import reactHooks from 'eslint-plugin-react-hooks'
import globals from 'globals'
import tseslint from 'typescript-eslint'

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'src/api/schema.gen.ts'] },
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.recommendedTypeChecked, reactHooks.configs.flat.recommended, jsxA11y.flatConfigs.recommended],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname }, globals: globals.browser },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // Navigations and prefetches answer promises that nobody waits for.
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      // We do not compile with the React compiler, which is whom this rule warns.
      'react-hooks/incompatible-library': 'off',
      'max-lines': ['error', { max: 400 }],
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
    },
  },
  {
    // A feature may use ui, api and lib, never another feature.
    files: ['src/features/**/*.{ts,tsx}', 'src/ui/**/*.{ts,tsx}', 'src/lib/**/*.{ts,tsx}', 'src/api/**/*.{ts,tsx}'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '^\\.\\./\\.\\./|/features/|^\\.\\./(map|people|goal|frame|sources|arrivals|letters|states|decisions)/|/routes/', message: 'a feature imports ui, api and lib, never another feature' }] },
      ],
    },
  },
  // The types of query options and of the route tree are what TypeScript finds them to be; redirects are thrown.
  { files: ['src/api/*.ts', 'src/router.ts', 'src/routes/*.tsx'], rules: { '@typescript-eslint/explicit-module-boundary-types': 'off', '@typescript-eslint/only-throw-error': 'off' } },
  { files: ['vite.config.ts', 'embed/vite.config.ts'], rules: { 'no-restricted-exports': 'off' } },
  { files: ['browser/**/*.mjs', '*.mjs'], languageOptions: { globals: { ...globals.node, ...globals.browser } } },
)
