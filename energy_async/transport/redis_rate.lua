-- One exchange between a worker and the limit that all workers share. Redis 5 or newer.
--
-- KEYS[1] holds the state. ARGV[1] is the worker's `Ask`, the result an `Answer`, both as JSON; see
-- shared_pace.py. The time is Redis' own, so it does not matter what the workers' clocks say: they
-- tell how long ago something was, and are told in how many seconds something will be.

local MARGIN = 0.95 -- share of the rate that is used; workers' delays add up
local AHEAD = 0.25 -- seconds of the whole rate that all workers together may reserve ahead
local PRESENT = 2 -- seconds after its last exchange that a worker still counts for a fair share
local KNOWN = 60 -- seconds after which one that did not say goodbye counts as gone
local SETTLING = 2.5 -- seconds for all workers to find a Redis that was away
local OVERLAP = 0.15 -- seconds more before the first slot, as workers come back at their next request
local TRUSTED = 55 -- seconds that the server's word on its limit holds, unless it is told again
local KEPT = 600000 -- milliseconds after which a state that nobody asks for is forgotten
-- Recovery, as in recovery.py
local PLATEAU, CUT, SMALL_CUT, NEAR, LONGEST_REST, SLOWEST = 12, 0.5, 0.3, 1.5, 60, 0.1

local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1e6
local ask = cjson.decode(ARGV[1])
local kept = redis.call('GET', KEYS[1])
local state = kept and cmsgpack.unpack(kept)
  or { due = now, paused_until = now, rest = 1, workers = {} }

local function hold()
  state.slowed_at, state.stepped_at = now, now
end

local function pause(seconds)
  state.paused_until = math.max(state.paused_until, now + seconds)
end

-- Who there is

state.workers[ask.me] = (not ask.leave) and { now, ask.rate } or nil
local present, known, configured = 0, 0, ask.rate
for name, worker in pairs(state.workers) do
  local age = now - worker[1]
  if age > KNOWN then
    state.workers[name] = nil
  else
    known = known + 1
    if age <= PRESENT then
      present = present + 1
      configured = math.min(configured, worker[2]) -- if they disagree, the lowest holds
    end
  end
end
present, known = math.max(1, present), math.max(1, known)

local function allowed()
  return math.min(configured, state.allowed or configured)
end

local function rate()
  return math.min(allowed(), state.share or configured, state.rate or configured)
end

-- What answers of the server have taught the worker

local function speed() -- what left of late; less than the rate if something else was slower
  local given = math.max(state.given_before or 0, state.given or 0)
  return (state.given_before and given > 0) and math.min(rate(), given) or rate()
end

local function refused(sent)
  if state.slowed_at and sent < state.slowed_at then return end
  if state.unproved then
    state.rest = math.min(state.rest * 2, LONGEST_REST)
  else
    local at, before = speed(), state.refused
    local is_known = before and before / NEAR < at and at < before * NEAR
    state.cut = is_known and SMALL_CUT or CUT
    state.refused = at
    state.rate = math.max(at * (1 - state.cut), math.min(configured, SLOWEST))
    state.unproved, state.rest = true, 1
  end
  state.steps = 0
  hold()
end

local function answered(sent)
  if not state.rate or sent < state.slowed_at then return end
  state.unproved = nil
  if now - state.stepped_at < 1 then return end
  state.stepped_at, state.steps = now, state.steps + 1
  state.rate = state.refused * (1 + state.cut * (state.steps / PLATEAU - 1) ^ 3)
  if state.rate >= allowed() then state.rate = nil end
end

if state.share and now >= state.share_until then state.share = nil end
if state.allowed and now >= (state.allowed_until or now) then state.allowed = nil end
if ask.allow then
  if ask.allow < rate() then hold() end
  state.allowed, state.allowed_until = ask.allow, now + TRUSTED
end
if ask.share then
  state.share = math.max(ask.share, math.min(configured, SLOWEST))
  state.share_until = now + math.min(ask.share_for, TRUSTED)
end
if ask.refused then refused(now - ask.refused) end
if ask.answered then answered(now - ask.answered) end
if ask.pause then pause(ask.pause) end
if ask.hold then hold() end

-- After an outage: until all have had the time to come back, each goes on alone

if ask.alone and now >= (state.alone_until or now) then
  state.alone_until = now + SETTLING
  state.due = math.max(state.due, state.alone_until + OVERLAP)
end
local alone = math.max(0, (state.alone_until or now) - now)

-- Slots: the generic cell rate algorithm, some steps ahead

local slots = {}
local second = math.floor(now)
if state.second ~= second then
  state.given_before = state.second == second - 1 and state.given or nil
  state.second, state.given = second, 0
end
if now < state.paused_until then
  state.due = math.max(state.due, state.paused_until)
elseif alone == 0 then
  local interval = 1 / (rate() * MARGIN)
  local burst = rate() >= configured and ask.burst or 1 -- no bursts while under suspicion
  local most = math.max(1, math.floor(rate() * AHEAD / present))
  for number = 1, math.min(ask.wanted or 0, most) do
    local at = math.max(now, state.due - (burst - 1) * interval)
    state.due = math.max(at, state.due) + interval
    slots[number] = at - now
  end
  state.given = state.given + #slots
end

redis.call('SET', KEYS[1], cmsgpack.pack(state), 'PX', KEPT)
return cjson.encode({
  slots = #slots > 0 and slots or nil,
  rate = rate(),
  allowed = allowed(),
  paused = math.max(0, state.paused_until - now),
  rest = math.max(state.unproved and math.min(state.rest * 2, LONGEST_REST) or 1, 1 / rate()),
  slowed = state.slowed_at and now - state.slowed_at or nil,
  workers = known,
  alone = alone,
})
