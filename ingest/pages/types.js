/**
 * The shapes of what the server sends, for the type checker; nothing here runs. Instants are ISO 8601 in UTC; tick
 * offsets (100 ns) are decimal strings, because they are 64-bit.
 *
 * @typedef {{id: string, name: string, label: string}} Participant
 * @typedef {"complete" | "partial" | "empty" | "failed"} VerdictKind
 * @typedef {{participant: Participant, text: string, at: string}} LastWords
 * @typedef {{key: string, live: boolean, state: string, locale: string | null, locales: LocaleInForce[],
 *   participants: Participant[], started_at: string, ended_at: string | null, segments: number, last_words: LastWords | null,
 *   verdict: VerdictKind | null, revision: number, gap: boolean}} Call
 * @typedef {{calls: Call[], next: string | null, live: number | null, notice: string | null}} CallList
 * @typedef {{start: string, end: string | null}} Interval
 * @typedef {{start: string, end: string | null, cause: string, note: string}} Gap
 * @typedef {{at: string, locale: string}} LocaleInForce
 * @typedef {{id: string, opened_at: string, closed_at: string | null, segments: number, close_reason: string}} Stream
 * @typedef {{name: string, started_at: string, finished_at: string | null, outcome: string}} Step
 * @typedef {{message: string, advice: string}} Problem
 * @typedef {{enabled: boolean, why: string}} CommandState
 * @typedef {Call & {workflow_id: string, temporal_url: string | null, call_connection_id: string | null,
 *   server_call_id: string | null, correlation_id: string | null, transcription: string, connected_at: string | null,
 *   zero_at: string, end_reason: string, problem: Problem | null, intervals: Interval[], gaps: Gap[],
 *   verdict_reason: string | null,
 *   counts: Record<string, number> | null, streams: Stream[], steps: Step[], commands: Record<string, CommandState>,
 *   downloads: Record<string, string>}} Detail
 * @typedef {{stream: string, position: number, participant: Participant, text: string, offset: string,
 *   duration: string | null, locale: string | null, subscription: string | null, received_at: string, late: boolean, stored: boolean}} Segment
 * @typedef {{stream: string, participant: Participant, text: string, offset: string | null, duration: string | null,
 *   locale: string | null, subscription: string | null, at: string}} Intermediate
 * @typedef {{role: string, call: string | null, can_operate: boolean, expires_at: string, now: string,
 *   formats: Record<string, string>, temporal_ui: string | null, locales: string[]}} Session
 * @typedef {{key: string, participant: Participant, text_parts: {text: string, match: boolean}[], at: string,
 *   offset: string, stream: string, position: number, link: string, seconds_in: number}} Hit
 * @typedef {{id: string, hook: string, event: string, revision: number | null,
 *   state: "pending" | "delivered" | "failed", attempts: number, last_status: number | null, last_error: string,
 *   created_at: string, updated_at: string, delivered_at: string | null}} Delivery
 */
export {};
