export function GoalsPage(): React.JSX.Element {
  return <main id="main" className="page" />
}
