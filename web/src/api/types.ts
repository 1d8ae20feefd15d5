import type { components } from './schema.gen'

type Schema<K extends keyof components['schemas']> = components['schemas'][K]

export type RequestRow = Schema<'RequestRow'>
export type RequestList = Schema<'RequestList'>
export type RequestPage = Schema<'RequestPage'>
export type RequestAct = Schema<'RequestAct'>
export type Utterance = Schema<'Utterance'>
export type CannedAnswer = Schema<'CannedAnswer'>
export type ConversationRow = Schema<'ConversationRow'>
export type ConversationList = Schema<'ConversationList'>
export type ConversationPage = Schema<'ConversationPage'>
export type ConversationStep = Schema<'ConversationStep'>
export type ConversationLead = Schema<'ConversationLead'>
export type ConversationTestResult = Schema<'ConversationTestResult'>
export type Simulation = Schema<'Simulation'>
export type Simulated = Schema<'Simulated'>
export type SimulatedPlay = Schema<'SimulatedPlay'>
export type SimulationPlay = Schema<'SimulationPlay'>
export type SimulatedSaying = Schema<'SimulatedSaying'>
export type Line = Schema<'Line'>
export type Parity = Schema<'Parity'>
export type ParityTask = Schema<'ParityTask'>
export type ParityCell = Schema<'ParityCell'>
export type ParityGap = Schema<'ParityGap'>
export type Estimate = Schema<'Estimate'>
export type Effort = Schema<'Effort'>
export type Workspace = Schema<'Workspace'>
export type LifecycleMap = Schema<'Map'>
export type MapStage = Schema<'MapStage'>
export type Touchpoint = Schema<'Touchpoint'>
export type Expectation = Schema<'TouchpointExpectation'>
export type CurvePoint = Schema<'CurvePoint'>
export type Flow = Schema<'Flow'>
export type DeadEnd = Schema<'DeadEnd'>
export type Unmapped = Schema<'Unmapped'>
export type People = Schema<'People'>
export type PersonRow = Schema<'PersonRow'>
export type Person = Schema<'Person'>
export type Money = Schema<'Money'>
export type FeatureValue = Schema<'FeatureValue'>
export type Trait = Schema<'Trait'>
export type PersonGoal = Schema<'PersonGoal'>
export type OpenDelivery = Schema<'OpenDelivery'>
export type Week = Schema<'Week'>
export type Timeline = Schema<'Timeline'>
export type TimelineEvent = Schema<'TimelineEvent'>
export type Why = Schema<'Why'>
export type WhyGoal = Schema<'WhyGoal'>
export type Candidate = Schema<'Candidate'>
export type Reason = Schema<'Reason'>
export type Loop = Schema<'Loop'>
export type ScopeView = Schema<'ScopeView'>
export type LoopAttention = Schema<'Attention'>
export type Goal = Schema<'Goal'>
export type Arm = Schema<'Arm'>
export type Lift = Schema<'Lift'>
export type LiftPoint = Schema<'LiftPoint'>
export type GoalCounts = Schema<'GoalCounts'>
export type GoalStage = Schema<'GoalStage'>
export type ActionRow = Schema<'ActionRow'>
export type WithheldRow = Schema<'WithheldRow'>
export type RecentChoice = Schema<'RecentChoice'>
export type GoalRow = Schema<'GoalRow'>
export type Goals = Schema<'GoalList'>
export type Named = Schema<'Named'>
export type Segments = Schema<'Segments'>
export type SegmentRow = Schema<'SegmentRow'>
export type Segment = Schema<'Segment'>
export type RulePreview = Schema<'RulePreview'>
export type Preview = Schema<'Preview'>
export type SegmentUse = Schema<'SegmentUse'>
export type Sweep = Schema<'Sweep'>
export type LinkReport = Schema<'LinkReport'>
export type ConsentHistory = Schema<'ConsentHistory'>
export type ConsentSaid = Schema<'ConsentSaid'>
export type ConsentStand = ConsentHistory['now'][number]
export type PersonIdentities = Schema<'PersonIdentities'>
export type Resent = Schema<'Resent'>
export type PersonMerge = Schema<'PersonMerge'>
export type Account = Schema<'Account'>
export type AccountList = Schema<'AccountList'>
export type AccountRow = Schema<'AccountRow'>
export type AccountMembers = Schema<'AccountMembers'>
export type AccountTimeline = Schema<'AccountTimeline'>
export type AccountEntry = Schema<'AccountEntry'>
export type Answer = Schema<'Answer'>
export type Kept = Schema<'Kept'>
export type QuestionDraft = Schema<'QuestionDraft'>
export type QuestionList = Schema<'QuestionList'>
export type QuestionTables = Schema<'QuestionTables'>

export type SourceList = Schema<'SourceList'>
export type SourceRow = Schema<'SourceRow'>
export type SourcePage = Schema<'SourcePage'>
export type Outage = Schema<'Outage'>
export type Gap = Schema<'Gap'>
export type ActName = Schema<'ActName'>
export type SourceKind = Schema<'Source'>['kind']
export type SourceWithKey = Schema<'SourceWithKey'>
export type WriteKey = Schema<'Key'>
export type NewKey = Schema<'NewKey'>
export type Hour = Schema<'Hour'>
export type Spread = Schema<'Spread'>
export type Refusal = Schema<'Refusal'>
export type Webhook = Schema<'Webhook'>
export type WebhookDraft = Schema<'WebhookDraft'>
export type SignatureScheme = Schema<'Signature'>['scheme']
export type Tried = Schema<'Tried'>
export type Letter = Schema<'Letter'>
export type LetterState = Letter['state']
export type LetterWithBody = Schema<'LetterWithBody'>
export type LetterPage = Schema<'LetterPage'>
export type LetterFault = Schema<'Fault'>
export type LetterFaults = Schema<'FaultList'>
export type Replayed = Schema<'Replayed'>
export type Many = Schema<'Many'>
export type LiveEvent = Schema<'LiveEvent'>

export type Rehearsal = Schema<'Rehearsal'>
export type RehearsalAsk = Schema<'RehearsalRequest'>
export type RehearsalFrames = Schema<'FramePage'>
export type Frame = Schema<'Frame'>
export type Cast = Schema<'Cast'>
export type Story = Schema<'Story'>
export type Beliefs = Schema<'Beliefs'>
export type Faces = Schema<'Faces'>
export type RehearsalBasis = Schema<'Basis'>
export type Comparison = Schema<'Comparison'>

export type SettingsPage = Schema<'SettingsPage'>
export type SettingsChannel = Schema<'SettingsChannel'>
export type SenderReport = Schema<'Report'>
export type SenderFinding = Schema<'Finding'>

export type DefinitionVersions = Schema<'DefinitionVersions'>
export type DefinitionVersion = Schema<'DefinitionVersion'>
export type DefinitionPage = Schema<'DefinitionPage'>
export type Validation = Schema<'Validation'>
export type SourceProblem = Schema<'SourceProblem'>
export type Difference = Schema<'Difference'>
export type DefinitionChange = Schema<'Change'>
export type Applied = Schema<'Applied'>
export type ApplyRequest = Schema<'ApplyRequest'>

/** Who may be sent to. */
export type Live = Workspace['live']

/** The filters of GET /people: which people a number stands for. */
export const FILTER_KEYS = [
  'query',
  'identity',
  'stage',
  'segment',
  'touchpoint',
  'effort',
  'next',
  'continued',
  'expected',
  'event',
  'goal',
  'arm',
  'outcome',
  'action',
  'withheld',
  'experiment',
  'lately',
  'state',
  'state_before',
  'state_days',
  'days',
  'from',
  'to',
  'stage_then',
  'state_then',
  'journey',
  'stride',
  'step',
] as const
export type FilterKey = (typeof FILTER_KEYS)[number]
export type Filter = Partial<Record<FilterKey, string>>
export type States = Schema<'States'>
export type StateRow = Schema<'StateRow'>
export type StateFlow = Schema<'StateFlow'>
export type StateEffect = Schema<'Effect'>
export type Needs = Schema<'Needs'>
export type Span = Schema<'Range'>
export type PersonBelief = Schema<'PersonBelief'>
export type BeliefPath = Schema<'Path'>
export type BeliefPoint = Schema<'Point'>
export type Outlook = Schema<'Outlook'>
export type ModelList = Schema<'ModelList'>
export type ModelRow = Schema<'ModelRow'>
export type ModelDetail = Schema<'ModelDetail'>
export type TrainingStatus = Schema<'Status'>
export type DecisionRow = Schema<'DecisionRow'>
export type DecisionOutcome = Schema<'DecisionOutcome'>
export type Decision = Schema<'Decision'>
export type DecisionLine = Schema<'DecisionLine'>
export type Trial = Schema<'Trial'>
export type TrialRow = Schema<'TrialRow'>
export type TrialArm = Schema<'TrialArm'>
export type TrialPoint = Schema<'TrialPoint'>
export type EffectMap = Schema<'EffectMap'>
export type EffectCell = Schema<'EffectCell'>
export type Evaluation = Schema<'Evaluation'>
export type GoalPlan = Schema<'GoalPlan'>
export type GoalCourse = Schema<'Course'>
export type CourseArm = Schema<'CourseArm'>
export type CourseDay = Schema<'CourseDay'>
export type JourneyRow = Schema<'JourneyRow'>
export type JourneyList = Schema<'JourneyList'>
export type Journey = Schema<'Journey'>
export type JourneyStep = Schema<'JourneyStep'>
export type JourneyReason = Schema<'JourneyReason'>
export type Lever = Schema<'Lever'>
export type LeverCost = Schema<'LeverCost'>
export type LeverRequest = Schema<'LeverRequest'>
export type StartPage = Schema<'StartPage'>
export type StartStep = Schema<'StartStep'>
export type StartTemplate = Schema<'StartTemplate'>
export type SimulatedLetter = Schema<'SimulatedLetter'>
export type MessageList = Schema<'MessageList'>
export type MessageRow = Schema<'MessageRow'>
export type MessagePreview = Schema<'MessagePreview'>
export type MessageOnChannel = Schema<'MessageOnChannel'>
export type MessageFinding = Schema<'MessageFinding'>
export type MessageReport = Schema<'MessageReport'>
export type MessageTrouble = Schema<'MessageTrouble'>
export type MessageNext = Schema<'Next'>
