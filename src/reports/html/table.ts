import { type Html, html } from './template.js';

/**
 * A table whose first column names its rows. Where there is no room it scrolls sideways on its own; a `stacked` one,
 * of sentences, has its cells one below the other instead, each under its heading.
 */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  label: string,
  { stacked = false } = {},
): Html {
  const headCells = head.map((cell) => html`<th scope="col">${cell}</th>`);
  const body = rows.map(([first = '', ...rest]) => {
    const cells = rest.map((cell, i) =>
      stacked ? html`<td data-label="${head[i + 1] ?? ''}">${cell}</td>` : html`<td>${cell}</td>`,
    );
    return html`<tr><th scope="row"><bdi>${first}</bdi></th>${cells}</tr>`;
  });
  return html`<div class="${stacked ? 'tables stacked' : 'tables'}" role="group" aria-label="${label}" tabindex="0"><table><thead><tr>${headCells}</tr></thead><tbody>${body}</tbody></table></div>`;
}
