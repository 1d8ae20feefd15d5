// Package archive keeps everything that happened as Parquet: what customers did,
// what was decided, sent and suppressed, how people moved, and who they are now.
//
// The archiver follows the fold. What happened it reads from the journal, up to
// where the fold has committed; what only the fold knows (which events were
// duplicates, which recorded facts took effect, what it noted on timelines) from
// the notes that the fold leaves in the state store with its position. Each row is
// archived exactly once, whatever crashes: files become part of the archive when
// the manifest, replaced in one step, names them together with the positions up to
// which they reach. A fold that was thrown back leaves the same notes again, and
// those before the archive's positions are passed over. The journal must not be
// trimmed past Positions.
//
// A row keeps the record that its event was addressed to. Whose record that is
// today the table records says, so a merge, and a merge undone, come out right in
// what was archived long before.
//
// On the disk a table is a folder. Rows arrive in new/, in files of some seconds;
// then they are joined into larger files in folders by month of the event's time
// (month=2026-11/), named by the archive's steps that they hold. The manifest lists
// the files that count; everything else in the folder is left over from a crash or
// about to be removed.
package archive
