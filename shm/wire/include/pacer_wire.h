/* The byte layout of Pacer's messages. Generated from shm/wire: PACER_WRITE_PAGES=1 cargo test -p shm-wire --test abi.
 * Meanings, units and ranges: docs/wire.md. All integers are little-endian. */
#ifndef PACER_WIRE_H
#define PACER_WIRE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define PACER_ASSERT(condition, text) static_assert(condition, text)
#else
#define PACER_ASSERT(condition, text) _Static_assert(condition, text)
#endif

#define PACER_ABI_VERSION 0
#define PACER_LAYOUT_HASH UINT64_C(0x952c6bc70f2501f2)

#define PACER_TYPE_QUOTE 0x0101
#define PACER_TYPE_TRADE 0x0102
#define PACER_TYPE_TRADE_CANCEL 0x0103
#define PACER_TYPE_TRADE_CORRECT 0x0104
#define PACER_TYPE_OFFICIAL_PRICE 0x0105
#define PACER_TYPE_AUCTION_INDICATIVE 0x0106
#define PACER_TYPE_STATUS 0x0107
#define PACER_TYPE_PRICE_BANDS 0x0108
#define PACER_TYPE_SHORT_SALE_RESTRICTION 0x0109
#define PACER_TYPE_DEPTH 0x010a
#define PACER_TYPE_FEED_HEARTBEAT 0x010b
#define PACER_TYPE_PARENT_NEW 0x0201
#define PACER_TYPE_PARENT_AMEND 0x0202
#define PACER_TYPE_PARENT_CANCEL 0x0203
#define PACER_TYPE_PARENT_PAUSE 0x0204
#define PACER_TYPE_PARENT_RESUME 0x0205
#define PACER_TYPE_PARENT_COMPLETE 0x0206
#define PACER_TYPE_PARENT_UPDATE 0x0301
#define PACER_TYPE_SLICE_NEW 0x0401
#define PACER_TYPE_SLICE_REPLACE 0x0402
#define PACER_TYPE_SLICE_CANCEL 0x0403
#define PACER_TYPE_EXECUTION_REPORT 0x0501
#define PACER_TYPE_KILL 0x0601
#define PACER_TYPE_PAUSE_SCOPE 0x0602
#define PACER_TYPE_LIMITS 0x0603
#define PACER_TYPE_HEARTBEAT 0x0604
#define PACER_TYPE_SIGNAL 0x0605
#define PACER_TYPE_SHUTDOWN 0x0606
#define PACER_TYPE_RELEASE_PARENT 0x0607
#define PACER_TYPE_RESTORE_LINK 0x0608
#define PACER_TYPE_TIMER_FIRED 0x0701
#define PACER_TYPE_CONTINUE 0x0702
#define PACER_TYPE_LINK 0x0703
#define PACER_TYPE_RUN_STARTED 0x0704
#define PACER_TYPE_RUN_ENDED 0x0705
#define PACER_TYPE_CLOCK_OFFSET 0x0706

#define PACER_SIDE_BUY 1
#define PACER_SIDE_SELL 2
#define PACER_SIDE_SELL_SHORT 3
#define PACER_SIDE_SELL_SHORT_EXEMPT 4

#define PACER_ALGORITHM_CODE_TWAP 1
#define PACER_ALGORITHM_CODE_VWAP 2
#define PACER_ALGORITHM_CODE_POV 3
#define PACER_ALGORITHM_CODE_IS 4
#define PACER_ALGORITHM_CODE_ARRIVAL 5
#define PACER_ALGORITHM_CODE_ICEBERG 6
#define PACER_ALGORITHM_CODE_PEGGED 7
#define PACER_ALGORITHM_CODE_SNIPER 8
#define PACER_ALGORITHM_CODE_CLOSE 9
#define PACER_ALGORITHM_CODE_SWEEP 10
#define PACER_ALGORITHM_CODE_SCALE_POV 11
#define PACER_ALGORITHM_CODE_CUSTOM 12

#define PACER_ORDER_TYPE_MARKET 1
#define PACER_ORDER_TYPE_LIMIT 2

#define PACER_TIME_IN_FORCE_DAY 1
#define PACER_TIME_IN_FORCE_GTC 2
#define PACER_TIME_IN_FORCE_IOC 3
#define PACER_TIME_IN_FORCE_FOK 4
#define PACER_TIME_IN_FORCE_OPEN 5
#define PACER_TIME_IN_FORCE_CLOSE 6
#define PACER_TIME_IN_FORCE_AUCTION 7

#define PACER_PEG_TYPE_NONE 0
#define PACER_PEG_TYPE_PRIMARY 1
#define PACER_PEG_TYPE_MARKET 2
#define PACER_PEG_TYPE_MID 3
#define PACER_PEG_TYPE_LAST 4
#define PACER_PEG_TYPE_VWAP 5

#define PACER_REPORT_KIND_ACK 1
#define PACER_REPORT_KIND_PARTIAL_FILL 2
#define PACER_REPORT_KIND_FILL 3
#define PACER_REPORT_KIND_CANCELED 4
#define PACER_REPORT_KIND_REJECTED 5
#define PACER_REPORT_KIND_CANCEL_REJECTED 6
#define PACER_REPORT_KIND_REPLACED 7
#define PACER_REPORT_KIND_REPLACE_REJECTED 8
#define PACER_REPORT_KIND_EXPIRED 9
#define PACER_REPORT_KIND_BUST 10
#define PACER_REPORT_KIND_CORRECT 11

#define PACER_VENUE_REASON_NONE 0
#define PACER_VENUE_REASON_PRICE_BAND 1
#define PACER_VENUE_REASON_QUANTITY 2
#define PACER_VENUE_REASON_THROTTLE 3
#define PACER_VENUE_REASON_TOO_LATE 4
#define PACER_VENUE_REASON_WOULD_TRADE 5
#define PACER_VENUE_REASON_HALTED 6
#define PACER_VENUE_REASON_UNFILLABLE 7
#define PACER_VENUE_REASON_SELF_MATCH 8
#define PACER_VENUE_REASON_OTHER 255

#define PACER_TRADING_STATUS_CONTINUOUS 1
#define PACER_TRADING_STATUS_HALT 2
#define PACER_TRADING_STATUS_PAUSE 3
#define PACER_TRADING_STATUS_AUCTION 4
#define PACER_TRADING_STATUS_PRE_OPEN 5
#define PACER_TRADING_STATUS_CLOSED 6

#define PACER_AUCTION_KIND_OPEN 1
#define PACER_AUCTION_KIND_CLOSE 2
#define PACER_AUCTION_KIND_INTRADAY 3
#define PACER_AUCTION_KIND_VOLATILITY 4

#define PACER_DEPTH_ACTION_ADD 1
#define PACER_DEPTH_ACTION_REDUCE 2
#define PACER_DEPTH_ACTION_DELETE 3
#define PACER_DEPTH_ACTION_EXECUTE 4
#define PACER_DEPTH_ACTION_EXECUTE_HIDDEN 5
#define PACER_DEPTH_ACTION_LEVEL 6
#define PACER_DEPTH_ACTION_CLEAR 7

#define PACER_BOOK_SIDE_BID 1
#define PACER_BOOK_SIDE_ASK 2

#define PACER_PARENT_STATE_PENDING 1
#define PACER_PARENT_STATE_SCHEDULED 2
#define PACER_PARENT_STATE_ACTIVE 3
#define PACER_PARENT_STATE_COMPLETING 4
#define PACER_PARENT_STATE_PAUSED 5
#define PACER_PARENT_STATE_SUSPENDED 6
#define PACER_PARENT_STATE_PENDING_CANCEL 7
#define PACER_PARENT_STATE_PENDING_AMEND 8
#define PACER_PARENT_STATE_FILLED 9
#define PACER_PARENT_STATE_DONE_PARTIAL 10
#define PACER_PARENT_STATE_CANCELED 11
#define PACER_PARENT_STATE_REJECTED 12
#define PACER_PARENT_STATE_FAILED 13

#define PACER_COMPLETION_CANCEL 0
#define PACER_COMPLETION_SOFT 1
#define PACER_COMPLETION_HARD 2
#define PACER_COMPLETION_PAST_END 3

#define PACER_CATCH_UP_NONE 0
#define PACER_CATCH_UP_SMOOTH 1
#define PACER_CATCH_UP_IMMEDIATE 2

#define PACER_RESUME_POLICY_FREEZE_CLOCK 0
#define PACER_RESUME_POLICY_CATCH_UP 1

#define PACER_AUCTION_POLICY_EXCLUDE 0
#define PACER_AUCTION_POLICY_INCLUDE 1
#define PACER_AUCTION_POLICY_ONLY 2
#define PACER_AUCTION_POLICY_IMBALANCE_ONLY 3

#define PACER_CONTROL_SCOPE_ALL 0
#define PACER_CONTROL_SCOPE_INSTRUMENT 1
#define PACER_CONTROL_SCOPE_PARENT 2
#define PACER_CONTROL_SCOPE_ALGORITHM 3
#define PACER_CONTROL_SCOPE_CLIENT 4
#define PACER_CONTROL_SCOPE_TRADER 5
#define PACER_CONTROL_SCOPE_DESK 6
#define PACER_CONTROL_SCOPE_SIDE 7

#define PACER_RING_KIND_ORDERS 1
#define PACER_RING_KIND_UPDATES 2
#define PACER_RING_KIND_MARKET 3
#define PACER_RING_KIND_SLICES 4
#define PACER_RING_KIND_REPORTS 5
#define PACER_RING_KIND_CONTROL 6
#define PACER_RING_KIND_JOURNAL 7
#define PACER_RING_KIND_EXCHANGE 8
#define PACER_RING_KIND_INTERNAL 9

#define PACER_LINK_STATE_OPEN 1
#define PACER_LINK_STATE_BLOCKED 2
#define PACER_LINK_STATE_SHORT 3

#define PACER_FIELD_CODE_NONE 0
#define PACER_FIELD_CODE_PARENT_ID 1
#define PACER_FIELD_CODE_SOURCE 2
#define PACER_FIELD_CODE_CLIENT_ORDER_ID 3
#define PACER_FIELD_CODE_INSTRUMENT 4
#define PACER_FIELD_CODE_SIDE 5
#define PACER_FIELD_CODE_QUANTITY 6
#define PACER_FIELD_CODE_ALGORITHM 7
#define PACER_FIELD_CODE_START 8
#define PACER_FIELD_CODE_END 9
#define PACER_FIELD_CODE_LIMIT 10
#define PACER_FIELD_CODE_PARAMETERS 11
#define PACER_FIELD_CODE_VERSION 12
#define PACER_FIELD_CODE_ACCOUNT 13
#define PACER_FIELD_CODE_PARAMETER_COUNT 14
#define PACER_FIELD_CODE_DECISION_PRICE 15

#define PACER_UPDATE_KIND_ACCEPTED 1
#define PACER_UPDATE_KIND_REJECTED 2
#define PACER_UPDATE_KIND_PROGRESS 3
#define PACER_UPDATE_KIND_DONE 4
#define PACER_UPDATE_KIND_REQUEST_REJECTED 5
#define PACER_UPDATE_KIND_SLICE_END 6

#define PACER_DIRECTION_INPUT 1
#define PACER_DIRECTION_OUTPUT 2
#define PACER_DIRECTION_RUN 3

#define PACER_REASON_NONE 0
#define PACER_REASON_ACCEPTED 1
#define PACER_REASON_ACCEPTED_UNLIKELY 2
#define PACER_REASON_DUPLICATE 3
#define PACER_REASON_AMENDED 4
#define PACER_REASON_PAUSED_BY_REQUEST 5
#define PACER_REASON_RESUMED_BY_REQUEST 6
#define PACER_REASON_FINISHING_BY_REQUEST 7
#define PACER_REASON_FEASIBLE 8
#define PACER_REASON_PROJECTED 9
#define PACER_REASON_FINISH_DEAR 10
#define PACER_REASON_ACCEPTED_ODDS 11
#define PACER_REASON_ACCEPTED_PART 12
#define PACER_REASON_ACCEPTED_UNKNOWN 13
#define PACER_REASON_ACCEPTED_PATH 14
#define PACER_REASON_RELEASED_BY_OPERATOR 15
#define PACER_REASON_INVALID_ENUM 20
#define PACER_REASON_UNKNOWN_INSTRUMENT 21
#define PACER_REASON_QUANTITY_RANGE 22
#define PACER_REASON_QUANTITY_LOT 23
#define PACER_REASON_PRICE_RANGE 24
#define PACER_REASON_PRICE_TICK 25
#define PACER_REASON_TIME_ORDER 26
#define PACER_REASON_END_IN_PAST 27
#define PACER_REASON_OUTSIDE_SESSION 28
#define PACER_REASON_UNKNOWN_ALGORITHM 29
#define PACER_REASON_UNKNOWN_PARAMETER 30
#define PACER_REASON_PARAMETER_RANGE 31
#define PACER_REASON_PARAMETER_CONFLICT 32
#define PACER_REASON_PARAMETER_TWICE 33
#define PACER_REASON_NOTIONAL_LIMIT 34
#define PACER_REASON_QUANTITY_LIMIT 35
#define PACER_REASON_DUPLICATE_CONFLICT 36
#define PACER_REASON_CAPACITY_PARENTS 37
#define PACER_REASON_NOT_ACCEPTING 38
#define PACER_REASON_UNKNOWN_PARENT 39
#define PACER_REASON_ALREADY_TERMINAL 40
#define PACER_REASON_STALE_VERSION 41
#define PACER_REASON_BELOW_EXECUTED 42
#define PACER_REASON_IMMUTABLE 43
#define PACER_REASON_PENDING_OTHER 44
#define PACER_REASON_UNSUPPORTED 45
#define PACER_REASON_IDENTIFIER 46
#define PACER_REASON_INTERVAL_SHORT 47
#define PACER_REASON_INFEASIBLE 48
#define PACER_REASON_EXECUTION_TABLE_FULL 49
#define PACER_REASON_NOT_STARTED 50
#define PACER_REASON_JOURNAL_SHORT 51
#define PACER_REASON_SLICE_DUE 100
#define PACER_REASON_VOLUME_DUE 101
#define PACER_REASON_BEHIND_IMPROVE 102
#define PACER_REASON_BEHIND_CROSS 103
#define PACER_REASON_REPRICE 104
#define PACER_REASON_COMPLETION_CROSS 105
#define PACER_REASON_REST_AT_LIMIT 106
#define PACER_REASON_SLICE_OVER 107
#define PACER_REASON_CANCEL_FOR_PARENT 108
#define PACER_REASON_CANCEL_AHEAD 109
#define PACER_REASON_CANCEL_FOR_KILL 110
#define PACER_REASON_CANCEL_FOR_AMEND 111
#define PACER_REASON_TRANCHE_DUE 120
#define PACER_REASON_PEG_PLACED 121
#define PACER_REASON_PRICE_TAKEN 122
#define PACER_REASON_LEVEL_SWEPT 123
#define PACER_REASON_AUCTION_SHARE 130
#define PACER_REASON_WAIT_START 200
#define PACER_REASON_WAIT_SLICE 201
#define PACER_REASON_WAIT_VOLUME 202
#define PACER_REASON_WAIT_CHILD 203
#define PACER_REASON_WAIT_CAP 204
#define PACER_REASON_WAIT_MINIMUM 205
#define PACER_REASON_WAIT_RATE 206
#define PACER_REASON_WAIT_BOOK 207
#define PACER_REASON_WAIT_LOCKOUT 208
#define PACER_REASON_WAIT_COLLAR 209
#define PACER_REASON_WAIT_LINK 210
#define PACER_REASON_WAIT_SELF_MATCH 211
#define PACER_REASON_WAIT_CATCH_UP 212
#define PACER_REASON_WAIT_TERMINAL 213
#define PACER_REASON_WAIT_DEPTH 214
#define PACER_REASON_WAIT_SHORT_SALE 215
#define PACER_REASON_WAIT_BAND 216
#define PACER_REASON_WAIT_JOURNAL 217
#define PACER_REASON_WAIT_PRICE 230
#define PACER_REASON_WAIT_PERSIST 231
#define PACER_REASON_WAIT_COOLDOWN 232
#define PACER_REASON_WAIT_RAMP 233
#define PACER_REASON_WAIT_AUCTION 240
#define PACER_REASON_WAIT_AUCTION_ORDER 241
#define PACER_REASON_WAIT_AUCTION_OVER 242
#define PACER_REASON_SUSPEND_PAUSED 300
#define PACER_REASON_SUSPEND_HALT 301
#define PACER_REASON_SUSPEND_AUCTION 302
#define PACER_REASON_SUSPEND_OUT_OF_LIMIT 303
#define PACER_REASON_SUSPEND_STALE 304
#define PACER_REASON_SUSPEND_RISK 305
#define PACER_REASON_SUSPEND_ROUTER 306
#define PACER_REASON_SUSPEND_UNKNOWN_CHILD 307
#define PACER_REASON_SUSPEND_OVERFILL 308
#define PACER_REASON_SUSPEND_KILL 309
#define PACER_REASON_SUSPEND_ORDINALS 310
#define PACER_REASON_SUSPEND_SOURCE 311
#define PACER_REASON_TERMINAL_FILLED 400
#define PACER_REASON_TERMINAL_END 401
#define PACER_REASON_TERMINAL_CANCELED 402
#define PACER_REASON_TERMINAL_SESSION 403
#define PACER_REASON_TERMINAL_DUST 404
#define PACER_REASON_TERMINAL_SHUTDOWN 405
#define PACER_REASON_TERMINAL_REJECTED 406
#define PACER_REASON_TERMINAL_OUT_OF_LIMIT 407
#define PACER_REASON_TERMINAL_CAP 408
#define PACER_REASON_TERMINAL_HALTED 409
#define PACER_REASON_TERMINAL_AUCTION 410

/* First word of every message: `type u16, length u16, cells u8, flags u8, reserved u16`. */
struct pacer_header {
    uint16_t kind;
    uint16_t length;
    uint8_t cells;
    uint8_t flags;
    uint16_t reserved;
};
PACER_ASSERT(sizeof(struct pacer_header) == 8, "size of header");
PACER_ASSERT(offsetof(struct pacer_header, kind) == 0, "header.kind");
PACER_ASSERT(offsetof(struct pacer_header, length) == 2, "header.length");
PACER_ASSERT(offsetof(struct pacer_header, cells) == 4, "header.cells");
PACER_ASSERT(offsetof(struct pacer_header, flags) == 5, "header.flags");
PACER_ASSERT(offsetof(struct pacer_header, reserved) == 6, "header.reserved");

/* One parameter: identifier from the algorithm's `PARAMS`, and its value in the parameter's unit. */
struct pacer_parameter {
    uint16_t id;
    uint16_t reserved[3];
    int64_t value;
};
PACER_ASSERT(sizeof(struct pacer_parameter) == 16, "size of parameter");
PACER_ASSERT(offsetof(struct pacer_parameter, id) == 0, "parameter.id");
PACER_ASSERT(offsetof(struct pacer_parameter, reserved) == 2, "parameter.reserved");
PACER_ASSERT(offsetof(struct pacer_parameter, value) == 8, "parameter.value");

/* The complete terms of a parent order; a new order and an amend both carry all of them. */
struct pacer_terms {
    uint64_t quantity;
    int64_t limit;
    uint64_t start;
    uint64_t end;
    int64_t decision_price;
    uint32_t instrument;
    uint16_t algorithm;
    uint8_t side;
    uint8_t parameter_count;
    uint32_t client;
    uint32_t account;
    uint32_t trader;
    uint32_t desk;
    uint8_t client_order_id[32];
    struct pacer_parameter parameters[16];
};
PACER_ASSERT(sizeof(struct pacer_terms) == 352, "size of terms");
PACER_ASSERT(offsetof(struct pacer_terms, quantity) == 0, "terms.quantity");
PACER_ASSERT(offsetof(struct pacer_terms, limit) == 8, "terms.limit");
PACER_ASSERT(offsetof(struct pacer_terms, start) == 16, "terms.start");
PACER_ASSERT(offsetof(struct pacer_terms, end) == 24, "terms.end");
PACER_ASSERT(offsetof(struct pacer_terms, decision_price) == 32, "terms.decision_price");
PACER_ASSERT(offsetof(struct pacer_terms, instrument) == 40, "terms.instrument");
PACER_ASSERT(offsetof(struct pacer_terms, algorithm) == 44, "terms.algorithm");
PACER_ASSERT(offsetof(struct pacer_terms, side) == 46, "terms.side");
PACER_ASSERT(offsetof(struct pacer_terms, parameter_count) == 47, "terms.parameter_count");
PACER_ASSERT(offsetof(struct pacer_terms, client) == 48, "terms.client");
PACER_ASSERT(offsetof(struct pacer_terms, account) == 52, "terms.account");
PACER_ASSERT(offsetof(struct pacer_terms, trader) == 56, "terms.trader");
PACER_ASSERT(offsetof(struct pacer_terms, desk) == 60, "terms.desk");
PACER_ASSERT(offsetof(struct pacer_terms, client_order_id) == 64, "terms.client_order_id");
PACER_ASSERT(offsetof(struct pacer_terms, parameters) == 96, "terms.parameters");

/* From this price on, this tick. */
struct pacer_tick_band {
    int64_t from;
    int64_t tick;
};
PACER_ASSERT(sizeof(struct pacer_tick_band) == 16, "size of tick_band");
PACER_ASSERT(offsetof(struct pacer_tick_band, from) == 0, "tick_band.from");
PACER_ASSERT(offsetof(struct pacer_tick_band, tick) == 8, "tick_band.tick");

/* One trading session. */
struct pacer_session {
    uint64_t open;
    uint64_t close;
};
PACER_ASSERT(sizeof(struct pacer_session) == 16, "size of session");
PACER_ASSERT(offsetof(struct pacer_session, open) == 0, "session.open");
PACER_ASSERT(offsetof(struct pacer_session, close) == 8, "session.close");

/* One auction of the calendar. */
struct pacer_auction {
    uint64_t from;
    uint64_t cutoff;
    uint64_t imbalance_cutoff;
    uint64_t cancel_cutoff;
    uint64_t time;
    uint64_t until;
    uint64_t usual_qty;
    uint16_t venue;
    uint8_t kind;
    uint8_t flags;
    uint32_t reserved;
};
PACER_ASSERT(sizeof(struct pacer_auction) == 64, "size of auction");
PACER_ASSERT(offsetof(struct pacer_auction, from) == 0, "auction.from");
PACER_ASSERT(offsetof(struct pacer_auction, cutoff) == 8, "auction.cutoff");
PACER_ASSERT(offsetof(struct pacer_auction, imbalance_cutoff) == 16, "auction.imbalance_cutoff");
PACER_ASSERT(offsetof(struct pacer_auction, cancel_cutoff) == 24, "auction.cancel_cutoff");
PACER_ASSERT(offsetof(struct pacer_auction, time) == 32, "auction.time");
PACER_ASSERT(offsetof(struct pacer_auction, until) == 40, "auction.until");
PACER_ASSERT(offsetof(struct pacer_auction, usual_qty) == 48, "auction.usual_qty");
PACER_ASSERT(offsetof(struct pacer_auction, venue) == 56, "auction.venue");
PACER_ASSERT(offsetof(struct pacer_auction, kind) == 58, "auction.kind");
PACER_ASSERT(offsetof(struct pacer_auction, flags) == 59, "auction.flags");
PACER_ASSERT(offsetof(struct pacer_auction, reserved) == 60, "auction.reserved");

/* Everything the engine knows of an instrument beforehand. */
struct pacer_instrument {
    uint8_t symbol[32];
    uint8_t currency[8];
    uint8_t zone[32];
    uint32_t id;
    uint32_t flags;
    int64_t qty_step;
    uint64_t lot;
    uint64_t min_qty;
    int64_t value_per_step;
    uint64_t average_daily_volume;
    uint32_t stale_ms;
    uint16_t shard;
    uint8_t tick_band_count;
    uint8_t session_count;
    struct pacer_tick_band tick_bands[8];
    struct pacer_session sessions[4];
    uint8_t auction_count;
    uint8_t reserved[7];
    struct pacer_auction auctions[4];
};
PACER_ASSERT(sizeof(struct pacer_instrument) == 584, "size of instrument");
PACER_ASSERT(offsetof(struct pacer_instrument, symbol) == 0, "instrument.symbol");
PACER_ASSERT(offsetof(struct pacer_instrument, currency) == 32, "instrument.currency");
PACER_ASSERT(offsetof(struct pacer_instrument, zone) == 40, "instrument.zone");
PACER_ASSERT(offsetof(struct pacer_instrument, id) == 72, "instrument.id");
PACER_ASSERT(offsetof(struct pacer_instrument, flags) == 76, "instrument.flags");
PACER_ASSERT(offsetof(struct pacer_instrument, qty_step) == 80, "instrument.qty_step");
PACER_ASSERT(offsetof(struct pacer_instrument, lot) == 88, "instrument.lot");
PACER_ASSERT(offsetof(struct pacer_instrument, min_qty) == 96, "instrument.min_qty");
PACER_ASSERT(offsetof(struct pacer_instrument, value_per_step) == 104, "instrument.value_per_step");
PACER_ASSERT(offsetof(struct pacer_instrument, average_daily_volume) == 112, "instrument.average_daily_volume");
PACER_ASSERT(offsetof(struct pacer_instrument, stale_ms) == 120, "instrument.stale_ms");
PACER_ASSERT(offsetof(struct pacer_instrument, shard) == 124, "instrument.shard");
PACER_ASSERT(offsetof(struct pacer_instrument, tick_band_count) == 126, "instrument.tick_band_count");
PACER_ASSERT(offsetof(struct pacer_instrument, session_count) == 127, "instrument.session_count");
PACER_ASSERT(offsetof(struct pacer_instrument, tick_bands) == 128, "instrument.tick_bands");
PACER_ASSERT(offsetof(struct pacer_instrument, sessions) == 256, "instrument.sessions");
PACER_ASSERT(offsetof(struct pacer_instrument, auction_count) == 320, "instrument.auction_count");
PACER_ASSERT(offsetof(struct pacer_instrument, reserved) == 321, "instrument.reserved");
PACER_ASSERT(offsetof(struct pacer_instrument, auctions) == 328, "instrument.auctions");

/* First words of a journal record. */
struct pacer_record_head {
    struct pacer_header header;
    uint64_t sequence;
    uint64_t time;
    uint64_t position;
    uint8_t direction;
    uint8_t ring;
    uint16_t source;
    uint32_t reserved;
};
PACER_ASSERT(sizeof(struct pacer_record_head) == 40, "size of record_head");
PACER_ASSERT(offsetof(struct pacer_record_head, header) == 0, "record_head.header");
PACER_ASSERT(offsetof(struct pacer_record_head, sequence) == 8, "record_head.sequence");
PACER_ASSERT(offsetof(struct pacer_record_head, time) == 16, "record_head.time");
PACER_ASSERT(offsetof(struct pacer_record_head, position) == 24, "record_head.position");
PACER_ASSERT(offsetof(struct pacer_record_head, direction) == 32, "record_head.direction");
PACER_ASSERT(offsetof(struct pacer_record_head, ring) == 33, "record_head.ring");
PACER_ASSERT(offsetof(struct pacer_record_head, source) == 34, "record_head.source");
PACER_ASSERT(offsetof(struct pacer_record_head, reserved) == 36, "record_head.reserved");

/* The touch: best bid and ask with their sizes. An empty side has price `i64::MIN` and quantity 0. */
struct pacer_quote {
    struct pacer_header header;
    uint32_t instrument;
    uint32_t sequence;
    uint64_t time;
    int64_t bid_price;
    int64_t ask_price;
    uint64_t bid_qty;
    uint64_t ask_qty;
};
PACER_ASSERT(sizeof(struct pacer_quote) == 56, "size of quote");
PACER_ASSERT(offsetof(struct pacer_quote, instrument) == 8, "quote.instrument");
PACER_ASSERT(offsetof(struct pacer_quote, sequence) == 12, "quote.sequence");
PACER_ASSERT(offsetof(struct pacer_quote, time) == 16, "quote.time");
PACER_ASSERT(offsetof(struct pacer_quote, bid_price) == 24, "quote.bid_price");
PACER_ASSERT(offsetof(struct pacer_quote, ask_price) == 32, "quote.ask_price");
PACER_ASSERT(offsetof(struct pacer_quote, bid_qty) == 40, "quote.bid_qty");
PACER_ASSERT(offsetof(struct pacer_quote, ask_qty) == 48, "quote.ask_qty");

/* A print. */
struct pacer_trade {
    struct pacer_header header;
    uint32_t instrument;
    uint32_t sequence;
    uint64_t time;
    int64_t price;
    uint64_t qty;
    uint64_t trade_id;
    uint32_t conditions;
    uint16_t venue;
    uint8_t taken_side;
    uint8_t reserved;
};
PACER_ASSERT(sizeof(struct pacer_trade) == 56, "size of trade");
PACER_ASSERT(offsetof(struct pacer_trade, instrument) == 8, "trade.instrument");
PACER_ASSERT(offsetof(struct pacer_trade, sequence) == 12, "trade.sequence");
PACER_ASSERT(offsetof(struct pacer_trade, time) == 16, "trade.time");
PACER_ASSERT(offsetof(struct pacer_trade, price) == 24, "trade.price");
PACER_ASSERT(offsetof(struct pacer_trade, qty) == 32, "trade.qty");
PACER_ASSERT(offsetof(struct pacer_trade, trade_id) == 40, "trade.trade_id");
PACER_ASSERT(offsetof(struct pacer_trade, conditions) == 48, "trade.conditions");
PACER_ASSERT(offsetof(struct pacer_trade, venue) == 52, "trade.venue");
PACER_ASSERT(offsetof(struct pacer_trade, taken_side) == 54, "trade.taken_side");
PACER_ASSERT(offsetof(struct pacer_trade, reserved) == 55, "trade.reserved");

/* An earlier print is void. */
struct pacer_trade_cancel {
    struct pacer_header header;
    uint32_t instrument;
    uint32_t sequence;
    uint64_t time;
    uint64_t trade_id;
    uint64_t qty;
    int64_t price;
    uint32_t conditions;
    uint32_t reserved;
};
PACER_ASSERT(sizeof(struct pacer_trade_cancel) == 56, "size of trade_cancel");
PACER_ASSERT(offsetof(struct pacer_trade_cancel, instrument) == 8, "trade_cancel.instrument");
PACER_ASSERT(offsetof(struct pacer_trade_cancel, sequence) == 12, "trade_cancel.sequence");
PACER_ASSERT(offsetof(struct pacer_trade_cancel, time) == 16, "trade_cancel.time");
PACER_ASSERT(offsetof(struct pacer_trade_cancel, trade_id) == 24, "trade_cancel.trade_id");
PACER_ASSERT(offsetof(struct pacer_trade_cancel, qty) == 32, "trade_cancel.qty");
PACER_ASSERT(offsetof(struct pacer_trade_cancel, price) == 40, "trade_cancel.price");
PACER_ASSERT(offsetof(struct pacer_trade_cancel, conditions) == 48, "trade_cancel.conditions");
PACER_ASSERT(offsetof(struct pacer_trade_cancel, reserved) == 52, "trade_cancel.reserved");

/* An earlier print had another quantity or price. */
struct pacer_trade_correct {
    struct pacer_header header;
    uint32_t instrument;
    uint32_t sequence;
    uint64_t time;
    uint64_t trade_id;
    uint64_t old_qty;
    uint64_t new_qty;
    int64_t new_price;
    int64_t old_price;
    uint32_t conditions;
    uint32_t reserved;
};
PACER_ASSERT(sizeof(struct pacer_trade_correct) == 72, "size of trade_correct");
PACER_ASSERT(offsetof(struct pacer_trade_correct, instrument) == 8, "trade_correct.instrument");
PACER_ASSERT(offsetof(struct pacer_trade_correct, sequence) == 12, "trade_correct.sequence");
PACER_ASSERT(offsetof(struct pacer_trade_correct, time) == 16, "trade_correct.time");
PACER_ASSERT(offsetof(struct pacer_trade_correct, trade_id) == 24, "trade_correct.trade_id");
PACER_ASSERT(offsetof(struct pacer_trade_correct, old_qty) == 32, "trade_correct.old_qty");
PACER_ASSERT(offsetof(struct pacer_trade_correct, new_qty) == 40, "trade_correct.new_qty");
PACER_ASSERT(offsetof(struct pacer_trade_correct, new_price) == 48, "trade_correct.new_price");
PACER_ASSERT(offsetof(struct pacer_trade_correct, old_price) == 56, "trade_correct.old_price");
PACER_ASSERT(offsetof(struct pacer_trade_correct, conditions) == 64, "trade_correct.conditions");
PACER_ASSERT(offsetof(struct pacer_trade_correct, reserved) == 68, "trade_correct.reserved");

/* Official open or close. */
struct pacer_official_price {
    struct pacer_header header;
    uint32_t instrument;
    uint32_t sequence;
    uint64_t time;
    int64_t price;
    uint64_t qty;
    uint8_t auction;
    uint8_t reserved[7];
};
PACER_ASSERT(sizeof(struct pacer_official_price) == 48, "size of official_price");
PACER_ASSERT(offsetof(struct pacer_official_price, instrument) == 8, "official_price.instrument");
PACER_ASSERT(offsetof(struct pacer_official_price, sequence) == 12, "official_price.sequence");
PACER_ASSERT(offsetof(struct pacer_official_price, time) == 16, "official_price.time");
PACER_ASSERT(offsetof(struct pacer_official_price, price) == 24, "official_price.price");
PACER_ASSERT(offsetof(struct pacer_official_price, qty) == 32, "official_price.qty");
PACER_ASSERT(offsetof(struct pacer_official_price, auction) == 40, "official_price.auction");
PACER_ASSERT(offsetof(struct pacer_official_price, reserved) == 41, "official_price.reserved");

/* Indicative result of a running auction. */
struct pacer_auction_indicative {
    struct pacer_header header;
    uint32_t instrument;
    uint32_t sequence;
    uint64_t time;
    int64_t price;
    uint64_t paired_qty;
    int64_t imbalance;
    uint8_t auction;
    uint8_t reserved[7];
};
PACER_ASSERT(sizeof(struct pacer_auction_indicative) == 56, "size of auction_indicative");
PACER_ASSERT(offsetof(struct pacer_auction_indicative, instrument) == 8, "auction_indicative.instrument");
PACER_ASSERT(offsetof(struct pacer_auction_indicative, sequence) == 12, "auction_indicative.sequence");
PACER_ASSERT(offsetof(struct pacer_auction_indicative, time) == 16, "auction_indicative.time");
PACER_ASSERT(offsetof(struct pacer_auction_indicative, price) == 24, "auction_indicative.price");
PACER_ASSERT(offsetof(struct pacer_auction_indicative, paired_qty) == 32, "auction_indicative.paired_qty");
PACER_ASSERT(offsetof(struct pacer_auction_indicative, imbalance) == 40, "auction_indicative.imbalance");
PACER_ASSERT(offsetof(struct pacer_auction_indicative, auction) == 48, "auction_indicative.auction");
PACER_ASSERT(offsetof(struct pacer_auction_indicative, reserved) == 49, "auction_indicative.reserved");

/* Trading status of an instrument. */
struct pacer_status {
    struct pacer_header header;
    uint32_t instrument;
    uint32_t sequence;
    uint64_t time;
    uint8_t status;
    uint8_t auction;
    uint8_t reserved[6];
};
PACER_ASSERT(sizeof(struct pacer_status) == 32, "size of status");
PACER_ASSERT(offsetof(struct pacer_status, instrument) == 8, "status.instrument");
PACER_ASSERT(offsetof(struct pacer_status, sequence) == 12, "status.sequence");
PACER_ASSERT(offsetof(struct pacer_status, time) == 16, "status.time");
PACER_ASSERT(offsetof(struct pacer_status, status) == 24, "status.status");
PACER_ASSERT(offsetof(struct pacer_status, auction) == 25, "status.auction");
PACER_ASSERT(offsetof(struct pacer_status, reserved) == 26, "status.reserved");

/* Price bands in force (limit up, limit down). */
struct pacer_price_bands {
    struct pacer_header header;
    uint32_t instrument;
    uint32_t sequence;
    uint64_t time;
    int64_t lower;
    int64_t upper;
};
PACER_ASSERT(sizeof(struct pacer_price_bands) == 40, "size of price_bands");
PACER_ASSERT(offsetof(struct pacer_price_bands, instrument) == 8, "price_bands.instrument");
PACER_ASSERT(offsetof(struct pacer_price_bands, sequence) == 12, "price_bands.sequence");
PACER_ASSERT(offsetof(struct pacer_price_bands, time) == 16, "price_bands.time");
PACER_ASSERT(offsetof(struct pacer_price_bands, lower) == 24, "price_bands.lower");
PACER_ASSERT(offsetof(struct pacer_price_bands, upper) == 32, "price_bands.upper");

/* Short-sale restriction switched on or off. */
struct pacer_short_sale_restriction {
    struct pacer_header header;
    uint32_t instrument;
    uint32_t sequence;
    uint64_t time;
    uint8_t active;
    uint8_t reserved[7];
};
PACER_ASSERT(sizeof(struct pacer_short_sale_restriction) == 32, "size of short_sale_restriction");
PACER_ASSERT(offsetof(struct pacer_short_sale_restriction, instrument) == 8, "short_sale_restriction.instrument");
PACER_ASSERT(offsetof(struct pacer_short_sale_restriction, sequence) == 12, "short_sale_restriction.sequence");
PACER_ASSERT(offsetof(struct pacer_short_sale_restriction, time) == 16, "short_sale_restriction.time");
PACER_ASSERT(offsetof(struct pacer_short_sale_restriction, active) == 24, "short_sale_restriction.active");
PACER_ASSERT(offsetof(struct pacer_short_sale_restriction, reserved) == 25, "short_sale_restriction.reserved");

/* One order-by-order or level event of a book. The simulated exchange and market files carry it; the engine follows the touch and answers UNSUPPORTED. */
struct pacer_depth {
    struct pacer_header header;
    uint32_t instrument;
    uint32_t sequence;
    uint64_t time;
    uint64_t order_id;
    int64_t price;
    uint64_t qty;
    uint8_t action;
    uint8_t side;
    uint16_t venue;
    uint32_t conditions;
};
PACER_ASSERT(sizeof(struct pacer_depth) == 56, "size of depth");
PACER_ASSERT(offsetof(struct pacer_depth, instrument) == 8, "depth.instrument");
PACER_ASSERT(offsetof(struct pacer_depth, sequence) == 12, "depth.sequence");
PACER_ASSERT(offsetof(struct pacer_depth, time) == 16, "depth.time");
PACER_ASSERT(offsetof(struct pacer_depth, order_id) == 24, "depth.order_id");
PACER_ASSERT(offsetof(struct pacer_depth, price) == 32, "depth.price");
PACER_ASSERT(offsetof(struct pacer_depth, qty) == 40, "depth.qty");
PACER_ASSERT(offsetof(struct pacer_depth, action) == 48, "depth.action");
PACER_ASSERT(offsetof(struct pacer_depth, side) == 49, "depth.side");
PACER_ASSERT(offsetof(struct pacer_depth, venue) == 50, "depth.venue");
PACER_ASSERT(offsetof(struct pacer_depth, conditions) == 52, "depth.conditions");

/* The feed is alive; nothing changed. */
struct pacer_feed_heartbeat {
    struct pacer_header header;
    uint64_t count;
    uint64_t real_time;
};
PACER_ASSERT(sizeof(struct pacer_feed_heartbeat) == 24, "size of feed_heartbeat");
PACER_ASSERT(offsetof(struct pacer_feed_heartbeat, count) == 8, "feed_heartbeat.count");
PACER_ASSERT(offsetof(struct pacer_feed_heartbeat, real_time) == 16, "feed_heartbeat.real_time");

/* A new parent order. */
struct pacer_parent_new {
    struct pacer_header header;
    uint64_t sequence;
    uint64_t parent_id;
    uint16_t source;
    uint16_t version;
    uint32_t reserved;
    struct pacer_terms terms;
};
PACER_ASSERT(sizeof(struct pacer_parent_new) == 384, "size of parent_new");
PACER_ASSERT(offsetof(struct pacer_parent_new, sequence) == 8, "parent_new.sequence");
PACER_ASSERT(offsetof(struct pacer_parent_new, parent_id) == 16, "parent_new.parent_id");
PACER_ASSERT(offsetof(struct pacer_parent_new, source) == 24, "parent_new.source");
PACER_ASSERT(offsetof(struct pacer_parent_new, version) == 26, "parent_new.version");
PACER_ASSERT(offsetof(struct pacer_parent_new, reserved) == 28, "parent_new.reserved");
PACER_ASSERT(offsetof(struct pacer_parent_new, terms) == 32, "parent_new.terms");

/* New terms for a known parent order, complete, never a delta. */
struct pacer_parent_amend {
    struct pacer_header header;
    uint64_t sequence;
    uint64_t parent_id;
    uint16_t source;
    uint16_t version;
    uint32_t reserved;
    struct pacer_terms terms;
};
PACER_ASSERT(sizeof(struct pacer_parent_amend) == 384, "size of parent_amend");
PACER_ASSERT(offsetof(struct pacer_parent_amend, sequence) == 8, "parent_amend.sequence");
PACER_ASSERT(offsetof(struct pacer_parent_amend, parent_id) == 16, "parent_amend.parent_id");
PACER_ASSERT(offsetof(struct pacer_parent_amend, source) == 24, "parent_amend.source");
PACER_ASSERT(offsetof(struct pacer_parent_amend, version) == 26, "parent_amend.version");
PACER_ASSERT(offsetof(struct pacer_parent_amend, reserved) == 28, "parent_amend.reserved");
PACER_ASSERT(offsetof(struct pacer_parent_amend, terms) == 32, "parent_amend.terms");

/* Cancel a parent order. */
struct pacer_parent_cancel {
    struct pacer_header header;
    uint64_t sequence;
    uint64_t parent_id;
    uint16_t source;
    uint16_t reserved[3];
};
PACER_ASSERT(sizeof(struct pacer_parent_cancel) == 32, "size of parent_cancel");
PACER_ASSERT(offsetof(struct pacer_parent_cancel, sequence) == 8, "parent_cancel.sequence");
PACER_ASSERT(offsetof(struct pacer_parent_cancel, parent_id) == 16, "parent_cancel.parent_id");
PACER_ASSERT(offsetof(struct pacer_parent_cancel, source) == 24, "parent_cancel.source");
PACER_ASSERT(offsetof(struct pacer_parent_cancel, reserved) == 26, "parent_cancel.reserved");

/* Stop emission of a parent order; children are canceled unless `keep_children` is 1. */
struct pacer_parent_pause {
    struct pacer_header header;
    uint64_t sequence;
    uint64_t parent_id;
    uint16_t source;
    uint8_t keep_children;
    uint8_t reserved[5];
};
PACER_ASSERT(sizeof(struct pacer_parent_pause) == 32, "size of parent_pause");
PACER_ASSERT(offsetof(struct pacer_parent_pause, sequence) == 8, "parent_pause.sequence");
PACER_ASSERT(offsetof(struct pacer_parent_pause, parent_id) == 16, "parent_pause.parent_id");
PACER_ASSERT(offsetof(struct pacer_parent_pause, source) == 24, "parent_pause.source");
PACER_ASSERT(offsetof(struct pacer_parent_pause, keep_children) == 26, "parent_pause.keep_children");
PACER_ASSERT(offsetof(struct pacer_parent_pause, reserved) == 27, "parent_pause.reserved");

/* Resume a paused parent order. */
struct pacer_parent_resume {
    struct pacer_header header;
    uint64_t sequence;
    uint64_t parent_id;
    uint16_t source;
    uint8_t policy;
    uint8_t reserved[5];
};
PACER_ASSERT(sizeof(struct pacer_parent_resume) == 32, "size of parent_resume");
PACER_ASSERT(offsetof(struct pacer_parent_resume, sequence) == 8, "parent_resume.sequence");
PACER_ASSERT(offsetof(struct pacer_parent_resume, parent_id) == 16, "parent_resume.parent_id");
PACER_ASSERT(offsetof(struct pacer_parent_resume, source) == 24, "parent_resume.source");
PACER_ASSERT(offsetof(struct pacer_parent_resume, policy) == 26, "parent_resume.policy");
PACER_ASSERT(offsetof(struct pacer_parent_resume, reserved) == 27, "parent_resume.reserved");

/* Finish a parent order now: what is left is completed at once, as hard as its own terms allow. */
struct pacer_parent_complete {
    struct pacer_header header;
    uint64_t sequence;
    uint64_t parent_id;
    uint16_t source;
    uint16_t reserved[3];
};
PACER_ASSERT(sizeof(struct pacer_parent_complete) == 32, "size of parent_complete");
PACER_ASSERT(offsetof(struct pacer_parent_complete, sequence) == 8, "parent_complete.sequence");
PACER_ASSERT(offsetof(struct pacer_parent_complete, parent_id) == 16, "parent_complete.parent_id");
PACER_ASSERT(offsetof(struct pacer_parent_complete, source) == 24, "parent_complete.source");
PACER_ASSERT(offsetof(struct pacer_parent_complete, reserved) == 26, "parent_complete.reserved");

/* The whole state of one parent order, engine to OMS. */
struct pacer_parent_update {
    struct pacer_header header;
    uint64_t sequence;
    uint64_t parent_id;
    uint16_t source;
    uint16_t version;
    uint8_t event;
    uint8_t state;
    uint16_t field;
    uint16_t parameter;
    uint16_t blocked;
    uint16_t reason;
    uint16_t algorithm;
    int64_t operands[3];
    uint64_t ordered;
    uint64_t filled;
    uint64_t open;
    uint64_t target;
    uint64_t band;
    int64_t average_price;
    uint64_t market_volume;
    int64_t arrival_price;
    uint64_t start;
    uint64_t end;
    uint32_t children;
    uint32_t fills;
    uint32_t instrument;
    uint32_t withheld;
    uint8_t client_order_id[32];
};
PACER_ASSERT(sizeof(struct pacer_parent_update) == 192, "size of parent_update");
PACER_ASSERT(offsetof(struct pacer_parent_update, sequence) == 8, "parent_update.sequence");
PACER_ASSERT(offsetof(struct pacer_parent_update, parent_id) == 16, "parent_update.parent_id");
PACER_ASSERT(offsetof(struct pacer_parent_update, source) == 24, "parent_update.source");
PACER_ASSERT(offsetof(struct pacer_parent_update, version) == 26, "parent_update.version");
PACER_ASSERT(offsetof(struct pacer_parent_update, event) == 28, "parent_update.event");
PACER_ASSERT(offsetof(struct pacer_parent_update, state) == 29, "parent_update.state");
PACER_ASSERT(offsetof(struct pacer_parent_update, field) == 30, "parent_update.field");
PACER_ASSERT(offsetof(struct pacer_parent_update, parameter) == 32, "parent_update.parameter");
PACER_ASSERT(offsetof(struct pacer_parent_update, blocked) == 34, "parent_update.blocked");
PACER_ASSERT(offsetof(struct pacer_parent_update, reason) == 36, "parent_update.reason");
PACER_ASSERT(offsetof(struct pacer_parent_update, algorithm) == 38, "parent_update.algorithm");
PACER_ASSERT(offsetof(struct pacer_parent_update, operands) == 40, "parent_update.operands");
PACER_ASSERT(offsetof(struct pacer_parent_update, ordered) == 64, "parent_update.ordered");
PACER_ASSERT(offsetof(struct pacer_parent_update, filled) == 72, "parent_update.filled");
PACER_ASSERT(offsetof(struct pacer_parent_update, open) == 80, "parent_update.open");
PACER_ASSERT(offsetof(struct pacer_parent_update, target) == 88, "parent_update.target");
PACER_ASSERT(offsetof(struct pacer_parent_update, band) == 96, "parent_update.band");
PACER_ASSERT(offsetof(struct pacer_parent_update, average_price) == 104, "parent_update.average_price");
PACER_ASSERT(offsetof(struct pacer_parent_update, market_volume) == 112, "parent_update.market_volume");
PACER_ASSERT(offsetof(struct pacer_parent_update, arrival_price) == 120, "parent_update.arrival_price");
PACER_ASSERT(offsetof(struct pacer_parent_update, start) == 128, "parent_update.start");
PACER_ASSERT(offsetof(struct pacer_parent_update, end) == 136, "parent_update.end");
PACER_ASSERT(offsetof(struct pacer_parent_update, children) == 144, "parent_update.children");
PACER_ASSERT(offsetof(struct pacer_parent_update, fills) == 148, "parent_update.fills");
PACER_ASSERT(offsetof(struct pacer_parent_update, instrument) == 152, "parent_update.instrument");
PACER_ASSERT(offsetof(struct pacer_parent_update, withheld) == 156, "parent_update.withheld");
PACER_ASSERT(offsetof(struct pacer_parent_update, client_order_id) == 160, "parent_update.client_order_id");

/* A new child order. */
struct pacer_slice_new {
    struct pacer_header header;
    uint64_t sequence;
    uint64_t child_id;
    uint64_t parent_id;
    uint16_t source;
    uint16_t version;
    uint32_t instrument;
    uint64_t qty;
    int64_t price;
    uint64_t min_qty;
    uint64_t display_qty;
    uint8_t side;
    uint8_t order_type;
    uint8_t time_in_force;
    uint8_t peg;
    uint16_t flags;
    uint16_t reason;
    int64_t peg_offset;
    uint32_t client;
    uint32_t account;
    uint32_t trader;
    uint32_t desk;
    uint16_t venue;
    uint16_t algorithm;
    uint32_t reserved;
};
PACER_ASSERT(sizeof(struct pacer_slice_new) == 112, "size of slice_new");
PACER_ASSERT(offsetof(struct pacer_slice_new, sequence) == 8, "slice_new.sequence");
PACER_ASSERT(offsetof(struct pacer_slice_new, child_id) == 16, "slice_new.child_id");
PACER_ASSERT(offsetof(struct pacer_slice_new, parent_id) == 24, "slice_new.parent_id");
PACER_ASSERT(offsetof(struct pacer_slice_new, source) == 32, "slice_new.source");
PACER_ASSERT(offsetof(struct pacer_slice_new, version) == 34, "slice_new.version");
PACER_ASSERT(offsetof(struct pacer_slice_new, instrument) == 36, "slice_new.instrument");
PACER_ASSERT(offsetof(struct pacer_slice_new, qty) == 40, "slice_new.qty");
PACER_ASSERT(offsetof(struct pacer_slice_new, price) == 48, "slice_new.price");
PACER_ASSERT(offsetof(struct pacer_slice_new, min_qty) == 56, "slice_new.min_qty");
PACER_ASSERT(offsetof(struct pacer_slice_new, display_qty) == 64, "slice_new.display_qty");
PACER_ASSERT(offsetof(struct pacer_slice_new, side) == 72, "slice_new.side");
PACER_ASSERT(offsetof(struct pacer_slice_new, order_type) == 73, "slice_new.order_type");
PACER_ASSERT(offsetof(struct pacer_slice_new, time_in_force) == 74, "slice_new.time_in_force");
PACER_ASSERT(offsetof(struct pacer_slice_new, peg) == 75, "slice_new.peg");
PACER_ASSERT(offsetof(struct pacer_slice_new, flags) == 76, "slice_new.flags");
PACER_ASSERT(offsetof(struct pacer_slice_new, reason) == 78, "slice_new.reason");
PACER_ASSERT(offsetof(struct pacer_slice_new, peg_offset) == 80, "slice_new.peg_offset");
PACER_ASSERT(offsetof(struct pacer_slice_new, client) == 88, "slice_new.client");
PACER_ASSERT(offsetof(struct pacer_slice_new, account) == 92, "slice_new.account");
PACER_ASSERT(offsetof(struct pacer_slice_new, trader) == 96, "slice_new.trader");
PACER_ASSERT(offsetof(struct pacer_slice_new, desk) == 100, "slice_new.desk");
PACER_ASSERT(offsetof(struct pacer_slice_new, venue) == 104, "slice_new.venue");
PACER_ASSERT(offsetof(struct pacer_slice_new, algorithm) == 106, "slice_new.algorithm");
PACER_ASSERT(offsetof(struct pacer_slice_new, reserved) == 108, "slice_new.reserved");

/* New quantity and price for a live child. */
struct pacer_slice_replace {
    struct pacer_header header;
    uint64_t sequence;
    uint64_t child_id;
    uint64_t qty;
    int64_t price;
    uint32_t instrument;
    uint16_t version;
    uint16_t reason;
    uint64_t display_qty;
};
PACER_ASSERT(sizeof(struct pacer_slice_replace) == 56, "size of slice_replace");
PACER_ASSERT(offsetof(struct pacer_slice_replace, sequence) == 8, "slice_replace.sequence");
PACER_ASSERT(offsetof(struct pacer_slice_replace, child_id) == 16, "slice_replace.child_id");
PACER_ASSERT(offsetof(struct pacer_slice_replace, qty) == 24, "slice_replace.qty");
PACER_ASSERT(offsetof(struct pacer_slice_replace, price) == 32, "slice_replace.price");
PACER_ASSERT(offsetof(struct pacer_slice_replace, instrument) == 40, "slice_replace.instrument");
PACER_ASSERT(offsetof(struct pacer_slice_replace, version) == 44, "slice_replace.version");
PACER_ASSERT(offsetof(struct pacer_slice_replace, reason) == 46, "slice_replace.reason");
PACER_ASSERT(offsetof(struct pacer_slice_replace, display_qty) == 48, "slice_replace.display_qty");

/* Cancel a child. */
struct pacer_slice_cancel {
    struct pacer_header header;
    uint64_t sequence;
    uint64_t child_id;
    uint32_t instrument;
    uint16_t version;
    uint16_t reason;
};
PACER_ASSERT(sizeof(struct pacer_slice_cancel) == 32, "size of slice_cancel");
PACER_ASSERT(offsetof(struct pacer_slice_cancel, sequence) == 8, "slice_cancel.sequence");
PACER_ASSERT(offsetof(struct pacer_slice_cancel, child_id) == 16, "slice_cancel.child_id");
PACER_ASSERT(offsetof(struct pacer_slice_cancel, instrument) == 24, "slice_cancel.instrument");
PACER_ASSERT(offsetof(struct pacer_slice_cancel, version) == 28, "slice_cancel.version");
PACER_ASSERT(offsetof(struct pacer_slice_cancel, reason) == 30, "slice_cancel.reason");

/* What happened to a child order at the venue. */
struct pacer_execution_report {
    struct pacer_header header;
    uint64_t sequence;
    uint64_t child_id;
    uint16_t version;
    uint16_t venue;
    uint8_t kind;
    uint8_t reason;
    uint8_t liquidity;
    uint8_t reserved;
    uint64_t execution_high;
    uint64_t execution_low;
    uint64_t last_qty;
    int64_t last_price;
    uint64_t cumulative_qty;
    uint64_t order_qty;
    uint64_t time;
    uint64_t reference_high;
    uint64_t reference_low;
    uint64_t answers;
};
PACER_ASSERT(sizeof(struct pacer_execution_report) == 112, "size of execution_report");
PACER_ASSERT(offsetof(struct pacer_execution_report, sequence) == 8, "execution_report.sequence");
PACER_ASSERT(offsetof(struct pacer_execution_report, child_id) == 16, "execution_report.child_id");
PACER_ASSERT(offsetof(struct pacer_execution_report, version) == 24, "execution_report.version");
PACER_ASSERT(offsetof(struct pacer_execution_report, venue) == 26, "execution_report.venue");
PACER_ASSERT(offsetof(struct pacer_execution_report, kind) == 28, "execution_report.kind");
PACER_ASSERT(offsetof(struct pacer_execution_report, reason) == 29, "execution_report.reason");
PACER_ASSERT(offsetof(struct pacer_execution_report, liquidity) == 30, "execution_report.liquidity");
PACER_ASSERT(offsetof(struct pacer_execution_report, reserved) == 31, "execution_report.reserved");
PACER_ASSERT(offsetof(struct pacer_execution_report, execution_high) == 32, "execution_report.execution_high");
PACER_ASSERT(offsetof(struct pacer_execution_report, execution_low) == 40, "execution_report.execution_low");
PACER_ASSERT(offsetof(struct pacer_execution_report, last_qty) == 48, "execution_report.last_qty");
PACER_ASSERT(offsetof(struct pacer_execution_report, last_price) == 56, "execution_report.last_price");
PACER_ASSERT(offsetof(struct pacer_execution_report, cumulative_qty) == 64, "execution_report.cumulative_qty");
PACER_ASSERT(offsetof(struct pacer_execution_report, order_qty) == 72, "execution_report.order_qty");
PACER_ASSERT(offsetof(struct pacer_execution_report, time) == 80, "execution_report.time");
PACER_ASSERT(offsetof(struct pacer_execution_report, reference_high) == 88, "execution_report.reference_high");
PACER_ASSERT(offsetof(struct pacer_execution_report, reference_low) == 96, "execution_report.reference_low");
PACER_ASSERT(offsetof(struct pacer_execution_report, answers) == 104, "execution_report.answers");

/* Set or clear a kill for a scope; clearing needs this journaled message, setting may also use the kill word. */
struct pacer_kill {
    struct pacer_header header;
    uint64_t sequence;
    uint64_t value;
    uint8_t scope;
    uint8_t active;
    uint16_t source;
    uint32_t operator_;
    uint8_t note[32];
};
PACER_ASSERT(sizeof(struct pacer_kill) == 64, "size of kill");
PACER_ASSERT(offsetof(struct pacer_kill, sequence) == 8, "kill.sequence");
PACER_ASSERT(offsetof(struct pacer_kill, value) == 16, "kill.value");
PACER_ASSERT(offsetof(struct pacer_kill, scope) == 24, "kill.scope");
PACER_ASSERT(offsetof(struct pacer_kill, active) == 25, "kill.active");
PACER_ASSERT(offsetof(struct pacer_kill, source) == 26, "kill.source");
PACER_ASSERT(offsetof(struct pacer_kill, operator_) == 28, "kill.operator");
PACER_ASSERT(offsetof(struct pacer_kill, note) == 32, "kill.note");

/* Pause or resume a scope. */
struct pacer_pause_scope {
    struct pacer_header header;
    uint64_t sequence;
    uint64_t value;
    uint8_t scope;
    uint8_t active;
    uint16_t source;
    uint32_t operator_;
    uint8_t note[32];
};
PACER_ASSERT(sizeof(struct pacer_pause_scope) == 64, "size of pause_scope");
PACER_ASSERT(offsetof(struct pacer_pause_scope, sequence) == 8, "pause_scope.sequence");
PACER_ASSERT(offsetof(struct pacer_pause_scope, value) == 16, "pause_scope.value");
PACER_ASSERT(offsetof(struct pacer_pause_scope, scope) == 24, "pause_scope.scope");
PACER_ASSERT(offsetof(struct pacer_pause_scope, active) == 25, "pause_scope.active");
PACER_ASSERT(offsetof(struct pacer_pause_scope, source) == 26, "pause_scope.source");
PACER_ASSERT(offsetof(struct pacer_pause_scope, operator_) == 28, "pause_scope.operator");
PACER_ASSERT(offsetof(struct pacer_pause_scope, note) == 32, "pause_scope.note");

/* A limit in force from here on. Zero leaves a field as it is. */
struct pacer_limits {
    struct pacer_header header;
    uint64_t sequence;
    uint32_t instrument;
    uint32_t operator_;
    uint64_t child_qty_max;
    uint64_t parent_qty_max;
    uint64_t child_notional_max;
    uint64_t parent_notional_max;
    uint32_t collar_ppm;
    uint32_t parent_rate_max;
    uint32_t instrument_rate_max;
    uint32_t engine_rate_max;
};
PACER_ASSERT(sizeof(struct pacer_limits) == 72, "size of limits");
PACER_ASSERT(offsetof(struct pacer_limits, sequence) == 8, "limits.sequence");
PACER_ASSERT(offsetof(struct pacer_limits, instrument) == 16, "limits.instrument");
PACER_ASSERT(offsetof(struct pacer_limits, operator_) == 20, "limits.operator");
PACER_ASSERT(offsetof(struct pacer_limits, child_qty_max) == 24, "limits.child_qty_max");
PACER_ASSERT(offsetof(struct pacer_limits, parent_qty_max) == 32, "limits.parent_qty_max");
PACER_ASSERT(offsetof(struct pacer_limits, child_notional_max) == 40, "limits.child_notional_max");
PACER_ASSERT(offsetof(struct pacer_limits, parent_notional_max) == 48, "limits.parent_notional_max");
PACER_ASSERT(offsetof(struct pacer_limits, collar_ppm) == 56, "limits.collar_ppm");
PACER_ASSERT(offsetof(struct pacer_limits, parent_rate_max) == 60, "limits.parent_rate_max");
PACER_ASSERT(offsetof(struct pacer_limits, instrument_rate_max) == 64, "limits.instrument_rate_max");
PACER_ASSERT(offsetof(struct pacer_limits, engine_rate_max) == 68, "limits.engine_rate_max");

/* A peer is alive. */
struct pacer_heartbeat {
    struct pacer_header header;
    uint64_t sequence;
    uint64_t real_time;
    uint8_t ring;
    uint8_t alive;
    uint16_t source;
    uint32_t reserved;
};
PACER_ASSERT(sizeof(struct pacer_heartbeat) == 32, "size of heartbeat");
PACER_ASSERT(offsetof(struct pacer_heartbeat, sequence) == 8, "heartbeat.sequence");
PACER_ASSERT(offsetof(struct pacer_heartbeat, real_time) == 16, "heartbeat.real_time");
PACER_ASSERT(offsetof(struct pacer_heartbeat, ring) == 24, "heartbeat.ring");
PACER_ASSERT(offsetof(struct pacer_heartbeat, alive) == 25, "heartbeat.alive");
PACER_ASSERT(offsetof(struct pacer_heartbeat, source) == 26, "heartbeat.source");
PACER_ASSERT(offsetof(struct pacer_heartbeat, reserved) == 28, "heartbeat.reserved");

/* A model's answer, valid until a time. */
struct pacer_signal {
    struct pacer_header header;
    uint64_t sequence;
    uint64_t valid_until;
    uint32_t instrument;
    uint32_t signal;
    int64_t values[4];
};
PACER_ASSERT(sizeof(struct pacer_signal) == 64, "size of signal");
PACER_ASSERT(offsetof(struct pacer_signal, sequence) == 8, "signal.sequence");
PACER_ASSERT(offsetof(struct pacer_signal, valid_until) == 16, "signal.valid_until");
PACER_ASSERT(offsetof(struct pacer_signal, instrument) == 24, "signal.instrument");
PACER_ASSERT(offsetof(struct pacer_signal, signal) == 28, "signal.signal");
PACER_ASSERT(offsetof(struct pacer_signal, values) == 32, "signal.values");

/* The runtime asks for an orderly shutdown: refuse parents, cancel children. */
struct pacer_shutdown {
    struct pacer_header header;
    uint64_t sequence;
    uint64_t real_time;
};
PACER_ASSERT(sizeof(struct pacer_shutdown) == 24, "size of shutdown");
PACER_ASSERT(offsetof(struct pacer_shutdown, sequence) == 8, "shutdown.sequence");
PACER_ASSERT(offsetof(struct pacer_shutdown, real_time) == 16, "shutdown.real_time");

/* An operator lets an order go on: what busts gave back may be worked again, and a stop by a risk control is over. */
struct pacer_release_parent {
    struct pacer_header header;
    uint64_t sequence;
    uint64_t parent_id;
    uint16_t source;
    uint16_t reserved;
    uint32_t operator_;
    uint8_t note[32];
};
PACER_ASSERT(sizeof(struct pacer_release_parent) == 64, "size of release_parent");
PACER_ASSERT(offsetof(struct pacer_release_parent, sequence) == 8, "release_parent.sequence");
PACER_ASSERT(offsetof(struct pacer_release_parent, parent_id) == 16, "release_parent.parent_id");
PACER_ASSERT(offsetof(struct pacer_release_parent, source) == 24, "release_parent.source");
PACER_ASSERT(offsetof(struct pacer_release_parent, reserved) == 26, "release_parent.reserved");
PACER_ASSERT(offsetof(struct pacer_release_parent, operator_) == 28, "release_parent.operator");
PACER_ASSERT(offsetof(struct pacer_release_parent, note) == 32, "release_parent.note");

/* An operator puts a link back in service that was taken out for rubbish. */
struct pacer_restore_link {
    struct pacer_header header;
    uint64_t sequence;
    uint64_t upto;
    uint8_t ring;
    uint8_t reserved;
    uint16_t source;
    uint32_t operator_;
    uint8_t note[32];
};
PACER_ASSERT(sizeof(struct pacer_restore_link) == 64, "size of restore_link");
PACER_ASSERT(offsetof(struct pacer_restore_link, sequence) == 8, "restore_link.sequence");
PACER_ASSERT(offsetof(struct pacer_restore_link, upto) == 16, "restore_link.upto");
PACER_ASSERT(offsetof(struct pacer_restore_link, ring) == 24, "restore_link.ring");
PACER_ASSERT(offsetof(struct pacer_restore_link, reserved) == 25, "restore_link.reserved");
PACER_ASSERT(offsetof(struct pacer_restore_link, source) == 26, "restore_link.source");
PACER_ASSERT(offsetof(struct pacer_restore_link, operator_) == 28, "restore_link.operator");
PACER_ASSERT(offsetof(struct pacer_restore_link, note) == 32, "restore_link.note");

/* Input: engine time passed the nearest timer. */
struct pacer_timer_fired {
    struct pacer_header header;
    uint64_t due;
};
PACER_ASSERT(sizeof(struct pacer_timer_fired) == 16, "size of timer_fired");
PACER_ASSERT(offsetof(struct pacer_timer_fired, due) == 8, "timer_fired.due");

/* Input: go on with what the last step left. */
struct pacer_continue {
    struct pacer_header header;
    uint64_t queued;
};
PACER_ASSERT(sizeof(struct pacer_continue) == 16, "size of continue");
PACER_ASSERT(offsetof(struct pacer_continue, queued) == 8, "continue.queued");

/* Input: a ring to a peer ran short of room or has room again. */
struct pacer_link {
    struct pacer_header header;
    uint8_t ring;
    uint8_t state;
    uint16_t source;
    uint32_t reserved;
};
PACER_ASSERT(sizeof(struct pacer_link) == 16, "size of link");
PACER_ASSERT(offsetof(struct pacer_link, ring) == 8, "link.ring");
PACER_ASSERT(offsetof(struct pacer_link, state) == 9, "link.state");
PACER_ASSERT(offsetof(struct pacer_link, source) == 10, "link.source");
PACER_ASSERT(offsetof(struct pacer_link, reserved) == 12, "link.reserved");

/* First record of a run. */
struct pacer_run_started {
    struct pacer_header header;
    uint64_t run;
    uint64_t seed;
    uint64_t layout_hash;
    uint64_t real_time;
    uint32_t shard;
    uint32_t instruments;
    uint64_t speed_ppm;
};
PACER_ASSERT(sizeof(struct pacer_run_started) == 56, "size of run_started");
PACER_ASSERT(offsetof(struct pacer_run_started, run) == 8, "run_started.run");
PACER_ASSERT(offsetof(struct pacer_run_started, seed) == 16, "run_started.seed");
PACER_ASSERT(offsetof(struct pacer_run_started, layout_hash) == 24, "run_started.layout_hash");
PACER_ASSERT(offsetof(struct pacer_run_started, real_time) == 32, "run_started.real_time");
PACER_ASSERT(offsetof(struct pacer_run_started, shard) == 40, "run_started.shard");
PACER_ASSERT(offsetof(struct pacer_run_started, instruments) == 44, "run_started.instruments");
PACER_ASSERT(offsetof(struct pacer_run_started, speed_ppm) == 48, "run_started.speed_ppm");

/* Last record of an orderly run. */
struct pacer_run_ended {
    struct pacer_header header;
    uint64_t real_time;
    uint64_t inputs;
    uint64_t outputs;
    uint64_t refused;
};
PACER_ASSERT(sizeof(struct pacer_run_ended) == 40, "size of run_ended");
PACER_ASSERT(offsetof(struct pacer_run_ended, real_time) == 8, "run_ended.real_time");
PACER_ASSERT(offsetof(struct pacer_run_ended, inputs) == 16, "run_ended.inputs");
PACER_ASSERT(offsetof(struct pacer_run_ended, outputs) == 24, "run_ended.outputs");
PACER_ASSERT(offsetof(struct pacer_run_ended, refused) == 32, "run_ended.refused");

/* Input: the offset of engine time to UTC, sampled by housekeeping. */
struct pacer_clock_offset {
    struct pacer_header header;
    int64_t offset;
};
PACER_ASSERT(sizeof(struct pacer_clock_offset) == 16, "size of clock_offset");
PACER_ASSERT(offsetof(struct pacer_clock_offset, offset) == 8, "clock_offset.offset");

#endif
