import type { Team } from './organizations.ts';

/** What a team's projects and tasks are about. */
export interface Topic {
  /** A project is called by a subject and an undertaking. */
  readonly subjects: readonly string[];
  readonly undertakings: readonly string[];
  /** What a project is for. */
  readonly goals: readonly string[];
  /** Titles of tasks, with `{subject}` (the project's) and `{part}`. */
  readonly tasks: readonly string[];
  readonly parts: readonly string[];
}

const list = (text: string): readonly string[] => text.split(';').map((each) => each.trim());

const topic = (subjects: string, undertakings: string, goals: string, tasks: string, parts: string): Topic => ({
  subjects: list(subjects),
  undertakings: list(undertakings),
  goals: list(goals),
  tasks: list(tasks),
  parts: list(parts),
});

/** What each team works on. */
export const TOPICS: Readonly<Record<Team, Topic>> = {
  design: topic(
    'Design system; Onboarding; Mobile app; Checkout; Dashboard; Empty states; Icon set',
    'refresh; accessibility audit; usability study; dark mode',
    'usable with a keyboard and a screen reader; in line with the new brand; find out where people get stuck; the same spacing everywhere',
    'Sketch {part} for {subject}; Test {part} with five users; Check the contrast of {part}; Redraw {part} for {subject}; Write guidelines for {part}; Review {part} of {subject} with engineering; Prototype {part}; Collect feedback on {part}',
    'the date picker; the navigation bar; error messages; the settings page; table headers; form fields; the sign-up flow; tooltips; charts; the search results page',
  ),
  engineering: topic(
    'Billing; Checkout; Search; Identity; Notifications; Reporting; Mobile app; Data warehouse; Audit log; Partner API; Payments; Feature flags',
    'migration; rewrite; performance; hardening; observability; disaster recovery',
    'bring the 99th percentile below 200 ms; retire the last server of its kind; survive the loss of a data centre; find failures before customers do; halve what it costs to run; no downtime while it changes',
    '{subject}: fix {part} timing out under load; Write tests for {part}; Add metrics to {part} of {subject}; Remove dead code from {part}; Migrate {part} of {subject} to the new schema; Simplify {part}; {subject}: document {part}; Review the security of {part}; Make {part} idempotent; {subject}: reproduce the race in {part}; Upgrade the dependencies of {part}; Write the rollback plan for {subject}; Load-test {part} of {subject}; Profile {part}',
    'the retry queue; the session store; the export job; the webhook handler; the rate limiter; the login form; the CSV import; the audit trail; the search filter; the nightly backup; the feature toggle; the token refresh; the pagination; the change feed; the connection pool; the currency conversion',
  ),
  finance: topic(
    'Quarterly close; Expense policy; Travel budget; Invoice archive; Payroll; Tax filing',
    'automation; review; consolidation; audit',
    'two days sooner than last year; every question of the auditors answered; one system instead of three',
    '{subject}: reconcile {part}; Review {part}; Forecast {part} for next quarter; {subject}: check {part} against the ledger; Send {part} to the auditors; Correct {part}; Explain the variance in {part}',
    'travel expenses; supplier invoices; the cash flow; deferred revenue; payroll accruals; foreign-exchange gains; the cost centres; credit notes; office leases; the fixed assets',
  ),
  legal: topic(
    'Data protection; Supplier contracts; Trademarks; Export control',
    'review; renewal; register',
    'know every obligation; up to this year’s law',
    'Review {part}; Draft {part} for {subject}; Negotiate {part}; File {part}; Renew {part}; Answer questions about {part}; {subject}: archive {part}',
    'the data processing agreement; the master services agreement; the privacy notice; the cookie policy; the trademark filing; the non-disclosure agreement; the retention schedule; the works council agreement',
  ),
  marketing: topic(
    'Spring campaign; Website; Customer stories; Trade fair; Newsletter; Partner programme; Podcast',
    'relaunch; preparation; translation; measurement',
    'twice the visitors; in six languages; learn which part of it pays',
    '{subject}: write copy for {part}; Plan {part}; {subject}: measure {part}; Translate the text of {part}; Choose photos for {part}; Brief the agency on {part} of {subject}; Review the numbers of {part}',
    'the landing page; the booth; the case study; the press release; the product video; the mailing list; the webinar; the search ads; the event invitation; the social media posts',
  ),
  operations: topic(
    'München office; Łódź office; São Paulo office; Tokyo office; Headquarters; Laptop fleet; Meeting rooms; Travel booking; Badge access',
    'move; renovation; rollout; cost review; safety check',
    'everybody at work on the first day; a tenth less expensive; ready for this year’s inspection',
    'Order {part}; {subject}: compare offers for {part}; Schedule the delivery of {part}; {subject}: replace {part}; Make an inventory of {part}; Inspect {part}; {subject}: install {part}; Extend the contract for {part}',
    'standing desks; fire extinguishers; coffee machines; laptops; access badges; network switches; cleaning supplies; bicycle racks; server racks; meeting-room screens',
  ),
  people: topic(
    'Onboarding; Parental leave; Salary bands; Apprenticeship; Performance reviews; Remote work',
    'programme; survey; policy; pilot',
    'fair and simple to explain; hear from everybody; every open position filled',
    'Answer questions about {part}; {subject}: write the guide to {part}; Survey the teams about {part}; {subject}: train managers on {part}; Rework {part}; Announce {part}; Analyse answers about {part}',
    'the mentoring circle; the summer internship; the first-week checklist; the exit interviews; the benefits catalogue; the language courses; the health day; the referral bonus; the training budget',
  ),
  product: topic(
    'Team plans; Mobile app; Self-service; Marketplace; Reporting; Integrations; Free trial',
    'discovery; beta; launch; pricing',
    'learn what customers would pay; a hundred customers by the end of the quarter; decide whether to go on',
    'Interview three customers about {part}; {subject}: write the specification of {part}; Prioritize {part}; Define success for {part}; Demo {part} of {subject}; Decide on {part}; {subject}: plan the rollout of {part}; Compare {part} with competitors; Write release notes for {part}',
    'the usage report; the invitation flow; the annual plan; the permission model; the app directory; the trial reminder; the bulk editor; the approval workflow; the mobile widget; the calendar integration',
  ),
  sales: topic(
    'Enterprise accounts; Renewals; Nordic market; Japanese market; Public sector; Partner channel; Pipeline',
    'push; playbook; expansion; forecast',
    'ten new customers; no customer lost without knowing why; a forecast that holds',
    'Prepare {part} for {subject}; Call back about {part}; Follow up on {part}; {subject}: negotiate {part}; Update the CRM after {part}; Present {part}; {subject}: rehearse {part}',
    'the renewal offer; the proof of concept; the reference call; the security questionnaire; the quarterly business review; the volume discount; the framework agreement; the product demo; the site visit',
  ),
  support: topic(
    'Help centre; Ticket queue; Chat; Escalations; Status page',
    'overhaul; staffing; translation; automation',
    'an answer within the hour, around the clock; let customers help themselves',
    'Write an article on {part}; {subject}: answer open tickets on {part}; Record a video on {part}; Translate the article on {part}; Tag old tickets on {part}; Draft a macro for {part}; {subject}: find the cause of complaints about {part}',
    'password resets; failed payments; the CSV import; two-factor login; duplicate accounts; slow exports; missing invoices; e-mail delivery; calendar sync; refunds',
  ),
};
