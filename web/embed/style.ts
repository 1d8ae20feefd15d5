/**
 * The look of all of it, as a stylesheet that is constructed: policies that forbid inline styles allow that.
 * It is light or dark as the page's color-scheme says.
 * A page sets --rapport-accent, --rapport-on-accent, --rapport-font and --rapport-z on the elements or above them.
 */
const css = `
:host{--accent:var(--rapport-accent,#1f5fbf);--on-accent:var(--rapport-on-accent,#fff);--ink:#1c2127;--soft:#545d68;--ground:#fff;--raised:#f3f4f6;--line:#d5d9df;--focus:#1f5fbf;--bad:#a8321f;
font:15px/1.5 var(--rapport-font,system-ui,-apple-system,"Segoe UI",Roboto,Helvetica,Arial,sans-serif);color:var(--ink)}
:host([data-side]){position:fixed;bottom:0;inset-inline-end:0;z-index:var(--rapport-z,2147483000)}
@supports (color:light-dark(#000,#fff)){:host{--ink:light-dark(#1c2127,#e6e9ec);--soft:light-dark(#545d68,#a9b2bd);--ground:light-dark(#fff,#1f2429);--raised:light-dark(#f3f4f6,#2a3037);--line:light-dark(#d5d9df,#3d454e);--focus:light-dark(#1f5fbf,#8ab4f8);--bad:light-dark(#a8321f,#ff9d8a)}}
*{box-sizing:border-box}
[hidden]{display:none!important}
button,textarea{font:inherit;color:inherit}
button,a.step{cursor:pointer}
:focus-visible{outline:3px solid var(--focus);outline-offset:2px}
svg{width:20px;height:20px;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round;stroke-linejoin:round;display:block}
.sr{position:absolute;width:1px;height:1px;margin:-1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.bell{position:fixed;bottom:20px;right:20px;width:52px;height:52px;display:grid;place-items:center;border:0;border-radius:50%;background:var(--accent);color:var(--on-accent);box-shadow:0 2px 10px rgb(0 0 0/.25)}
.bell svg{width:24px;height:24px}
.count{position:absolute;top:-4px;right:-4px;min-width:22px;height:22px;padding:0 6px;border-radius:11px;background:#a8321f;color:#fff;font-size:13px;line-height:22px;font-weight:600;text-align:center}
.drawer{position:fixed;inset:auto 20px 84px auto;width:380px;max-width:calc(100vw - 40px);height:min(600px,calc(100dvh - 104px));max-height:none;margin:0;padding:0;border:1px solid var(--line);border-radius:12px;background:var(--ground);color:inherit;box-shadow:0 8px 32px rgb(0 0 0/.22);overflow:hidden}
.drawer[open]{display:flex;flex-direction:column}
:host([data-side=left]) .bell{right:auto;left:20px}
:host([data-side=left]) .drawer{inset:auto auto 84px 20px}
.head{display:flex;align-items:center;gap:4px;padding:8px 8px 0 16px;border-bottom:1px solid var(--line)}
.tabs{display:flex;gap:16px;flex:1}
.tab,.title{padding:10px 0;border:0;border-bottom:3px solid transparent;background:none;font-weight:600;color:var(--soft)}
.tab[aria-selected=true],.title{color:var(--ink)}
.tab[aria-selected=true]{border-color:var(--accent)}
.title{flex:1;margin:0;font-size:inherit}
.quiet{display:grid;place-items:center;width:40px;height:40px;border:0;border-radius:8px;background:none;color:var(--soft)}
.quiet:hover{background:var(--raised);color:var(--ink)}
.panel{flex:1;min-height:0;display:flex;flex-direction:column}
.list{flex:1;overflow-y:auto;overscroll-behavior:contain;padding:16px;margin:0;list-style:none;display:flex;flex-direction:column;gap:12px}
.note{margin:0;padding:16px;color:var(--soft);text-align:center;overflow-wrap:anywhere}
.card{position:relative;display:block;padding:16px;border:1px solid var(--line);border-radius:10px;background:var(--ground);overflow-wrap:anywhere}
.card.new{border-inline-start:4px solid var(--accent)}
.headline{margin:0 0 4px;font-size:17px;line-height:1.3}
.dismiss{position:absolute;top:6px;inset-inline-end:6px;width:32px;height:32px}
.card:has(.dismiss) .headline{margin-inline-end:32px}
img{display:block;max-width:100%;height:auto;margin:8px 0;border-radius:8px}
.body>*{margin:0 0 8px}
.body>:last-child{margin-bottom:0}
.body h3{font-size:15px}
.body a{color:inherit}
.body ul,.body ol{padding-inline-start:22px}
.body blockquote{padding-inline-start:12px;border-inline-start:3px solid var(--line)}
.body pre,.body code{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:13px;white-space:pre-wrap}
.lines{white-space:pre-line}
.facts{display:grid;grid-template-columns:auto 1fr;gap:2px 12px;margin:8px 0 0}
.facts dt{color:var(--soft)}
.facts dd{margin:0}
.steps{display:flex;flex-wrap:wrap;gap:8px;margin-top:12px}
.step{padding:8px 14px;border:1px solid var(--line);border-radius:8px;background:var(--ground);color:var(--ink);font-weight:600;text-decoration:none;text-align:start}
.step:hover{background:var(--raised)}
.step.first{border-color:transparent;background:var(--accent);color:var(--on-accent)}
.step.first:hover{filter:brightness(.94)}
.turn{max-width:85%;align-self:flex-start}
.turn .card{padding:8px 14px;border:0;background:var(--raised)}
.turn p{margin:0}
.turn .steps{margin:8px 0 4px}
.turn .step:not(.first){background:var(--ground)}
.said{align-self:flex-end;padding:8px 14px;border-radius:10px;background:var(--accent);color:var(--on-accent);white-space:pre-line;overflow-wrap:anywhere}
.said+.state{align-self:flex-end;margin-top:-8px;font-size:13px;color:var(--soft)}
.state.failed{color:var(--bad)}
.state button{padding:0;border:0;background:none;text-decoration:underline}
.turn.mine{display:flex;flex-direction:column;align-self:flex-end;gap:12px}
.by{margin:0 0 2px;font-size:13px;color:var(--soft)}
.write{display:flex;align-items:flex-end;gap:8px;padding:12px;border-top:1px solid var(--line)}
.write textarea{flex:1;min-height:42px;max-height:140px;padding:9px 12px;border:1px solid #7a838e;border-radius:8px;background:var(--ground);resize:none;field-sizing:content}
.write button{height:42px;padding:0 14px;border:0;border-radius:8px;background:var(--accent);color:var(--on-accent);font-weight:600}
@media (max-width:480px){.drawer{inset:0!important;width:100%;max-width:none;height:100dvh;border:0;border-radius:0}}
@media (prefers-reduced-motion:no-preference){.drawer[open]{animation:rise .16s ease-out}.said,.turn{animation:rise .12s ease-out}}
@keyframes rise{from{opacity:0;transform:translateY(8px)}}
@media (forced-colors:active){.bell,.step,.said,.write button{border:1px solid}}
`

let sheet: CSSStyleSheet | undefined

/** Gives root the look. */
export function dress(root: ShadowRoot): void {
  if (!sheet) {
    sheet = new CSSStyleSheet()
    sheet.replaceSync(css)
  }
  root.adoptedStyleSheets = [sheet]
}
