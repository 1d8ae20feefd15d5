export function GoalPage(): React.JSX.Element {
  return <main id="main" className="page" />
}
