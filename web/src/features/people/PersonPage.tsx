export function PersonPage(): React.JSX.Element {
  return <main id="main" className="page" />
}
