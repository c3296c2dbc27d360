"""A line of each format that is read, and the quote that it is: times, latency and prices."""

from pathlib import Path
from typing import NamedTuple

from zreplay.recordings.csv.csv_header import layouts_of_line
from zreplay.recordings.csv.first_row import decided
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.recordings.formats.layout import Layout


class Example(NamedTuple):
    """`header` is empty where the file has none; `row` is text, timestamp_ns, latency, bid, ask."""

    format: str
    name: str
    header: str
    line: str
    timestamp_ns: int
    latency_ms: float
    bid_price: float
    ask_price: float
    ticker: str
    options: FormatOptions = FormatOptions()

    @property
    def layout(self) -> Layout:
        """What stands where in a file of such lines."""
        first = self.header or self.line
        layouts = layouts_of_line(first.encode(), self.name, self.options)
        layout = decided(layouts, self.line.encode(), is_last=True)
        assert layout is not None
        return layout


_TAKEN = 1759449597290000000  # 2025-10-02 23:59:57.290
_OWN = "timestamp,ticker,ask_price,bid_price"
_DATABENTO = (
    "ts_recv,ts_event,rtype,publisher_id,instrument_id,action,side,depth,price,size,flags,"
    "ts_in_delta,sequence,bid_px_00,ask_px_00,bid_sz_00,ask_sz_00,bid_ct_00,ask_ct_00,symbol"
)
_BBO_1S = (
    "ts_recv,ts_event,rtype,publisher_id,instrument_id,side,price,size,flags,sequence,bid_px_00,"
    "ask_px_00,bid_sz_00,ask_sz_00,bid_ct_00,ask_ct_00,symbol"
)
_POLYGON = (
    "ticker,ask_exchange,ask_price,ask_size,bid_exchange,bid_price,bid_size,conditions,indicators,"
    "participant_timestamp,sequence_number,sip_timestamp,tape,trf_timestamp"
)
_VISION = (
    "update_id,best_bid_price,best_bid_qty,best_ask_price,best_ask_qty,transaction_time,event_time"
)
_SNAPSHOT = (
    "exchange,symbol,timestamp,local_timestamp,asks[0].price,asks[0].amount,"
    "bids[0].price,bids[0].amount,asks[1].price"
)

_NBBO = (
    "Time|Exchange|Symbol|Bid_Price|Bid_Size|Offer_Price|Offer_Size|Quote_Condition|"
    "Sequence_Number|National_BBO_Ind|Best_Bid_Exchange|Best_Bid_Price|Best_Bid_Size|"
    "Best_Offer_Exchange|Best_Offer_Price|Best_Offer_Size|Participant_Timestamp"
)
_BBO = (
    "Time|Exchange|Symbol|Bid_Price|Bid_Size|Offer_Price|Offer_Size|Quote_Condition|"
    "Sequence_Number|National_BBO_Ind|Participant_Timestamp"
)
_RIC = (
    "#RIC,Domain,Date-Time,GMT Offset,Type,Bid Price,Bid Size,Ask Price,Ask Size,Qualifiers,"
    "Exch Time"
)
_ALPACA = (
    "symbol,timestamp,bid_exchange,bid_price,bid_size,ask_exchange,ask_price,ask_size,"
    "conditions,tape"
)
EVENTS = Path(__file__).parent / "samples" / "events.toml"

EXAMPLES = {
    "ours": Example(
        *("zreplay", "a.csv", _OWN, "2025-10-02 23:59:57.290,A,101.5,100.5"),
        *(_TAKEN, 0.0, 100.5, 101.5, "A"),
    ),
    "ours, of pandas": Example(
        *("zreplay", "a.csv", f"{_OWN},latency", "2025-10-03 01:59:57.29+02:00,A,101.5,100.5,1.5"),
        *(_TAKEN, 1.5, 100.5, 101.5, "A"),
    ),
    "ours, seconds": Example(
        *("zreplay", "a.csv", _OWN, "1759449597.29,A,101.5,100.5"),
        *(_TAKEN, 0.0, 100.5, 101.5, "A"),
    ),
    "ours, two times": Example(
        *("zreplay", "a.csv", f"local_timestamp,{_OWN}", "1759449597300,1759449597290,A,2,1"),
        *(_TAKEN, 10.0, 1.0, 2.0, "A"),
    ),
    "ours, of a zone": Example(
        *("zreplay", "a.csv", _OWN, "2025-10-02 19:59:57.290,A,101.5,100.5"),
        *(_TAKEN, 0.0, 100.5, 101.5, "A", FormatOptions(zone="America/New_York")),
    ),
    "tardis": Example(
        "tardis",
        "a.csv",
        "exchange,symbol,timestamp,local_timestamp,ask_amount,ask_price,bid_price,bid_amount",
        "huobi-dm-swap,BTC-USD,1588291201099000,1588291201234268,5494,8629.3,8629.2,806",
        *(1588291201099000000, 135.268, 8629.2, 8629.3, "BTC-USD@HUOBI-DM-SWAP"),
    ),
    "tardis-book-snapshot": Example(
        *("tardis-book-snapshot", "a.csv", _SNAPSHOT),
        "ftx,sol,1588291201099000,1588291201234268,8629.3,5494,8629.2,806,8630",
        *(1588291201099000000, 135.268, 8629.2, 8629.3, "SOL@FTX"),
    ),
    "binance-vision": Example(
        *("binance-vision", "d/SUSHIUSDT-bookTicker-2021-07-22.csv.gz", _VISION),
        "600859600576,7.6110,2,7.6120,297,1626992741012,1626992741017",
        *(1626992741012000000, 5.0, 7.611, 7.612, "SUSHIUSDT"),
    ),
    "databento": Example(
        *("databento", "ES.csv", _DATABENTO),
        "2024-07-01T23:58:01.218485389Z,2024-07-01T23:58:01.218218853Z,1,1,118,T,B,0,"
        "5528.750000000,2,0,17664,9060643,5528.500000000,5528.750000000,29,6,22,3,ESU4",
        *(1719878281218218853, 0.266536, 5528.5, 5528.75, "ESU4"),
    ),
    "databento-raw": Example(
        *("databento-raw", "ES.csv", _DATABENTO),
        "1719878281218485389,1719878281218218853,1,1,118,T,B,0,5528750000000,2,0,17664,9060643,"
        "5528500000000,5528750000000,29,6,22,3,ESU4",
        *(1719878281218218853, 0.266536, 5528.5, 5528.75, "ESU4"),
    ),
    "databento-bbo": Example(
        *("databento-bbo", "ES.csv", _BBO_1S),
        "2024-07-01T23:58:02.000000000Z,,195,1,118,N,,,168,9060643,5528.500000000,"
        "5528.750000000,29,6,22,3,ESU4",
        *(1719878282000000000, 0.0, 5528.5, 5528.75, "ESU4"),
    ),
    "databento-bbo-raw": Example(
        *("databento-bbo-raw", "ES.csv", _BBO_1S),
        "1719878282000000000,18446744073709551615,195,1,118,N,9223372036854775807,4294967295,168,"
        "9060643,5528500000000,5528750000000,29,6,22,3,ESU4",
        *(1719878282000000000, 0.0, 5528.5, 5528.75, "ESU4"),
    ),
    "polygon": Example(
        *("polygon", "2024-07-01.csv.gz", _POLYGON),
        "NA,12,101.27,1,11,101.2,3,,604,1719820800000000001,7,1719820800000532768,1,",
        *(1719820800000000001, 0.532767, 101.2, 101.27, "NA"),
    ),
    "truefx": Example(
        *("truefx", "USDJPY-2013-01.csv", "", "USD/JPY,20130101 22:00:00.295,86.655,86.728"),
        *(1357077600295000000, 0.0, 86.655, 86.728, "USD/JPY"),
    ),
    "histdata": Example(
        *("histdata", "DAT_ASCII_EURUSD_T_202001.csv", "", "20200101 170000065,1.12102,1.12192,0"),
        *(1577916000065000000, 0.0, 1.12102, 1.12192, "EURUSD"),
    ),
    "coinapi": Example(
        "coinapi",
        "IDDI-7+SC-OKEX_SPOT_BTC_USDT+S-BTC%2DUSDT.csv",
        "id_site_coinapi;time_exchange;time_coinapi;ask_px;ask_sx;bid_px;bid_sx",
        "5d3b;2022-05-13T16:27:03.0030000Z;2022-05-13T16:27:05.5066085Z;30220.1;3;30210.4;4",
        *(1652459223003000000, 2503.6085, 30210.4, 30220.1, "OKEX_SPOT_BTC_USDT"),
    ),
    "ccxt": Example(
        *("ccxt", "a.csv", "symbol,timestamp,datetime,bid,bidVolume,ask,askVolume"),
        "BTC/USDT,1626992741012,2021-07-22T22:25:41.012Z,7.611,2,7.612,297",
        *(1626992741012000000, 0.0, 7.611, 7.612, "BTC/USDT"),
    ),
    "generic, kdb+": Example(
        *("generic", "a.csv", "time,sym,bid,ask,bsize,asize"),
        "2013-01-01D22:00:00.295000000,USDJPY,86.655,86.728,1,2",
        *(1357077600295000000, 0.0, 86.655, 86.728, "USDJPY"),
    ),
    "generic, pandas": Example(
        *("generic", "a.csv", ",timestamp,symbol,bid,ask"),
        "0,2013-01-01 22:00:00.295000+00:00,USDJPY,86.655,86.728",
        *(1357077600295000000, 0.0, 86.655, 86.728, "USDJPY"),
    ),
    "kdb": Example(
        *("kdb", "a.csv", "date,time,sym,bid,ask,bsize,asize"),
        "2013-01-01,22:00:00.295,USDJPY,86.655,86.728,1,2",
        *(1357077600295000000, 0.0, 86.655, 86.728, "USDJPY"),
    ),
    "kdb, the time before the date": Example(
        *("kdb", "a.csv", "time,date,sym,bid,ask"),
        "22:00:00.295,2013-01-01,USDJPY,86.655,86.728",
        *(1357077600295000000, 0.0, 86.655, 86.728, "USDJPY"),
    ),
    "mt5": Example(
        "mt5",
        "EURUSD_202001020000_202001312359.csv",
        "<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>",
        "2020.01.02\t00:00:00.105\t1.12102\t1.12192\t\t\t6",
        *(1577916000105000000, 0.0, 1.12102, 1.12192, "EURUSD"),
        FormatOptions(zone="Europe/Athens"),
    ),
    "refinitiv": Example(
        *("refinitiv", "a.csv", _RIC),
        "VOD.L,Market Price,2020-01-02T08:00:00.123456789Z,+0,Quote,148.2,100,148.4,200,,08:00:00",
        *(1577952000123456789, 0.0, 148.2, 148.4, "VOD.L"),
    ),
    "taq-nbbo": Example(
        *("taq-nbbo", "EQY_US_ALL_NBBO_20180103.gz", _NBBO),
        "093000123456789|P|BRK A|1|1|2|1|R|7|4|P|100.5|2|Q|101.5|3|093000123000001",
        *(1514989800123000001, 0.456788, 100.5, 101.5, "BRK A"),
    ),
    "taq-bbo": Example(
        *("taq-bbo", "SPLITS_US_ALL_BBO_A_20180703.gz", _BBO),
        "093000123456789|P|AAPL|100.5|1|101.5|1|R|7|4|093000123000001",
        *(1530624600123000001, 0.456788, 100.5, 101.5, "AAPL@P"),
    ),
    "alpaca": Example(
        *("alpaca", "a.csv", _ALPACA),
        "AAPL,2022-01-03 09:00:00.028160+00:00,K,177.92,4.0,P,178.26,1.0,['R'],C",
        *(1641200400028160000, 0.0, 177.92, 178.26, "AAPL"),
    ),
    "of a user, with rules of rows": Example(
        *("events", "a.csv", "day;time;name;bid;ask;flags;kind"),
        "02.07.2020;09:30:00.5;DE;-1.5;2.5;130;Q",
        *(1593675000500000000, 0.0, -1.5, 2.5, "DE", FormatOptions(format=str(EVENTS))),
    ),
    "lobster": Example(
        *("lobster", "AAPL_2012-06-21_34200000_57600000_orderbook_10.csv", ""),
        "34200.004241176,1,16113575,18,5853300,1,5859400,200,5853300,18",
        *(1340285400004241176, 0.0, 585.33, 585.94, "AAPL"),
    ),
    "nautilus": Example(
        *("nautilus", "quotes.csv", "bid_price,ask_price,bid_size,ask_size,ts_event,ts_init"),
        "1.1,1.2,5,6,1577898000000000065,1577898000000000165",
        *(1577898000000000065, 0.0001, 1.1, 1.2, "EUR/USD.SIM"),
        FormatOptions(ticker="EUR/USD.SIM"),
    ),
    "dukascopy, local": Example(
        *("dukascopy", "a.csv", "Local time,Ask,Bid,AskVolume,BidVolume"),
        "03.12.2012 01:00:01.883 GMT+0100,1.30027,1.30015,1.5,2.25",
        *(1354492801883000000, 0.0, 1.30015, 1.30027, "EUR", FormatOptions(ticker="EUR")),
    ),
    "dukascopy": Example(
        *("dukascopy", "a.csv", "Gmt time,Ask,Bid,AskVolume,BidVolume"),
        "03.12.2012 00:00:01.883,1.30027,1.30015,1.5,2.25",
        *(1354492801883000000, 0.0, 1.30015, 1.30027, "EUR", FormatOptions(ticker="EUR")),
    ),
}
