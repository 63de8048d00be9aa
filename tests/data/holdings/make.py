# ruff: noqa: E501, RUF005 - the rows of real files are long and must stay in one piece
"""Write the holdings fixtures into ``files``, the same bytes at every run.

The layouts are those of fund houses, banks, brokers, custodians, regulators and risk
systems; people and amounts are invented. What a careful reader makes of each file
stands in ``expected.json`` and was worked out by hand.

Two files were converted once by LibreOffice 7.4 (``soffice --headless --convert-to``)
from ``bank_small.xlsx`` and are kept as they came: ``bank_small.xls`` (Excel 97) and
``bank_small.ods``.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from pathlib import Path

import openpyxl
import xlsxwriter
from openpyxl.styles import Font

FILES = Path(__file__).parent / "files"
LONG_AGO = (1980, 1, 1, 0, 0, 0)
Rows = list[list[object]]

# One entry per text file: encoding, line end, text.
TEXTS: dict[str, tuple[str, str, str]] = {
    # -- banks and custodians ------------------------------------------------------
    "bank_de_sections.csv": (
        "cp1252",
        "\r\n",
        """\
Musterbank AG;;;;;;;
Vermögensaufstellung per 31.01.2025;;;;;;;
Kunde: Erika Müller;Depot-Nr.: 123 456 789;;;;;;
;;;;;;;
Stück/Nominale;Bezeichnung;ISIN;Kurs;Währung;Stückzinsen EUR;Kurswert EUR;Anteil in %
Aktien;;;;;;;
120;SAP SE;DE0007164600;267,45;EUR;;32.094,00;21,40
1.000;BASF SE;DE000BASF111;46,50;EUR;;46.500,00;31,00
85;Münchener Rückversicherung AG;DE0008430026;521,80;EUR;;44.353,00;29,57
Summe Aktien;;;;;;122.947,00;81,97
Anleihen;;;;;;;
20.000;1,70% Bundesrep.Deutschland Anl.v.2022(2032);DE0001102606;95,12;EUR;158,20;19.024,00;12,68
Summe Anleihen;;;;;158,20;19.024,00;12,68
Fonds;;;;;;;
50,125;iShares Core MSCI World UCITS ETF;IE00B4L5Y983;104,32;EUR;;5.229,04;3,49
Summe Fonds;;;;;;5.229,04;3,49
Liquidität;;;;;;;
;Verrechnungskonto EUR;;;EUR;;2.799,96;1,87
Summe Liquidität;;;;;;2.799,96;1,87
Gesamtvermögen;;;;;;150.000,00;100,00
""",
    ),
    "custodian_total_above.csv": (
        "utf-8",
        "\n",
        """\
GLOBAL CUSTODY - STATEMENT OF NET ASSETS
Valuation date: 28 February 2025
Reporting currency: USD

Description,ISIN,Shares/Par,Price (USD),Market Value (USD),% of Fund
TOTAL FUND,,,,"2,000,000.00",100.00
EQUITIES,,,,"1,500,000.00",75.00
APPLE INC,US0378331005,"4,000",240.00,"960,000.00",48.00
NVIDIA CORP,US67066G1040,"4,500",120.00,"540,000.00",27.00
FIXED INCOME,,,,"400,000.00",20.00
UNITED STATES TREASURY 4.000% 15 NOV 2052,US912810TM09,"425,000",94.1176,"400,000.00",20.00
CASH,,,,"100,000.00",5.00
USD CASH,,"100,000",1.00,"100,000.00",5.00
""",
    ),
    "bank_ch_apostrophes.csv": (
        "cp1252",
        "\r\n",
        """\
Depotauszug;
Kunde;Hans Muster
Per;31.01.2025

Titel;Valor;ISIN;Whg;Anzahl/Nominal;Kurs;Marktwert in CHF;Anteil %
Nestlé N;3886335;CH0038863350;CHF;150;77.50;11’625.00;23.25
Roche GS;1203204;CH0012032048;CHF;40;285.20;11’408.00;22.82
0.50% Eidgenossenschaft 2030;22439721;CH0224397213;CHF;20’000;101.25;20’250.00;40.50
Apple Inc;908440;US0378331005;USD;30;236.00;6’443.00;12.89
Kontokorrent CHF;;;CHF;;;-1’226.00;-2.45
Kontokorrent USD;;;USD;1’648.35;;1’500.00;3.00
Total Vermögen;;;;;;50’000.00;100.00
""",
    ),
    "bank_fr.csv": (
        "cp1252",
        "\r\n",
        """\
Situation de portefeuille au 31 janvier 2025
Titulaire : Mme Durand
;;;;;;
Libellé;Code ISIN;Quantité;Cours;Devise;Valorisation (EUR);Poids
ACTIONS;;;;;;
LVMH;FR0000121014;12;706,20;EUR;8\u00a0474,40;30,27 %
SANOFI;FR0000120578;40;105,00;EUR;4\u00a0200,00;15,00 %
APPLE INC;US0378331005;20;236,00;USD;4\u00a0540,00;16,21 %
Total actions;;;;;17\u00a0214,40;61,48 %
OBLIGATIONS;;;;;;
OAT 0,00 % 25/02/2026;FR0013508470;10\u00a0000;97,50 %;EUR;9\u00a0750,00;34,82 %
Total obligations;;;;;9\u00a0750,00;34,82 %
Liquidités;;;;EUR;1\u00a0035,60;3,70 %
Total général;;;;;28\u00a0000,00;100,00 %
""",
    ),
    "bank_it.csv": (
        "utf-8",
        "\n",
        """\
Portafoglio titoli del 31/01/2025;;;;;;;;;;;;
Dossier: 00012345;;;;;;;;;;;;
Titolo;ISIN;Simbolo;Mercato;Strumento;Valuta;Quantità;P.zo medio di carico;Valore di carico;P.zo di mercato;Cambio di mercato;Valore di mercato €;Var %
ENEL;IT0003128367;ENEL;MTA;Azione;EUR;1.000;6,10;6.100,00;6,85;1,0000;6.850,00;12,30
BTP 0,60% 01/08/2031;IT0005436693;;MOT;Obbligazione;EUR;10.000;95,00;9.500,00;87,50;1,0000;8.750,00;-7,89
NVIDIA CORP;US67066G1040;NVDA;NASDAQ;Azione;USD;50;90,00;4.326,92;120,00;1,0400;5.769,23;33,33
Totale;;;;;;;;19.926,92;;;21.369,23;7,24
""",
    ),
    "bank_es.csv": (
        "cp1252",
        "\r\n",
        """\
Posición global de la cartera;;;;;;
Fecha de valoración: 31/01/2025;;;;;;
Valor;ISIN;Títulos;Cotización;Divisa;Valor de mercado (EUR);% s/total
BANCO SANTANDER;ES0113900J37;1.500;4,90;EUR;7.350,00;36,75
IBERDROLA;ES0144580Y14;400;13,60;EUR;5.440,00;27,20
INDITEX;ES0148396007;100;52,10;EUR;5.210,00;26,05
Cuenta corriente;;;;EUR;2.000,00;10,00
TOTAL CARTERA;;;;;20.000,00;100,00
""",
    ),
    # -- brokers -------------------------------------------------------------------
    "broker_account_blocks.csv": (
        "utf-8",
        "\r\n",
        """\
"Positions for All-Accounts as of 09:45 AM ET, 2025/03/14"

"Individual ...417"
"Symbol","Description","Qty (Quantity)","Price","Mkt Val (Market Value)","Cost Basis","Gain $ (Gain/Loss $)","% of Acct (% of Account)","Security Type"
"AAPL","APPLE INC","50","$213.49","$10,674.50","$8,000.00","$2,674.50","71.16%","Equity"
"MSFT","MICROSOFT CORP","10","$388.56","$3,885.60","$3,000.00","$885.60","25.9%","Equity"
"Cash & Cash Investments","--","--","--","$439.90","--","--","2.93%","Cash and Money Market"
"Account Total","","--","--","$15,000.00","$11,000.00","$3,560.10","--","--"

"Roth IRA ...902"
"Symbol","Description","Qty (Quantity)","Price","Mkt Val (Market Value)","Cost Basis","Gain $ (Gain/Loss $)","% of Acct (% of Account)","Security Type"
"NVDA","NVIDIA CORP","100","$121.67","$12,167.00","$5,000.00","$7,167.00","60.84%","Equity"
"AAPL","APPLE INC","30","$213.49","$6,404.70","$5,100.00","$1,304.70","32.02%","Equity"
"Cash & Cash Investments","--","--","--","$1,428.30","--","--","7.14%","Cash and Money Market"
"Account Total","","--","--","$20,000.00","$10,100.00","$8,471.70","--","--"

"Total all accounts","","--","--","$35,000.00","$21,100.00","$12,031.80","--","--"
""",
    ),
    "broker_two_accounts.csv": (
        "utf-8",
        "\n",
        """\
Account Number,Account Registration,CUSIP,Security Description,Quantity,Price ($),Value ($)
4471-2290,JOINT WROS,037833100,APPLE INC,100,236.00,"23,600.00"
4471-2290,JOINT WROS,594918104,MICROSOFT CORP,20,415.00,"8,300.00"
4471-2290,JOINT WROS,,CASH BALANCE,,,"1,100.00"
4471-3388,TRUST,037833100,APPLE INC,100,236.00,"23,600.00"
4471-3388,TRUST,67066G104,NVIDIA CORP,50,120.00,"6,000.00"
4471-3388,TRUST,,CASH BALANCE,,,-600.00
""",
    ),
    "broker_fidelity_like.csv": (
        "utf-8-sig",
        "\r\n",
        """\
Account Number,Account Name,Symbol,Description,Quantity,Last Price,Last Price Change,Current Value,Today's Gain/Loss Dollar,Today's Gain/Loss Percent,Total Gain/Loss Dollar,Total Gain/Loss Percent,Percent Of Account,Cost Basis Total,Average Cost Basis,Type
X11111111,Individual - TOD,SPAXX**,HELD IN MONEY MARKET,,,,$1520.33,,,,,6.08%,,,Cash,
X11111111,Individual - TOD,AAPL,APPLE INC,100,$213.49,+$3.81,$21349.00,+$381.00,+1.81%,+$6349.00,+42.32%,85.4%,$15000.00,$150.00,Margin,
X11111111,Individual - TOD, -AAPL250620C230,AAPL JUN 20 2025 $230 CALL,-1,$6.20,-$0.30,-$620.00,+$30.00,+4.61%,-$210.00,-51.22%,-2.48%,-$410.00,$4.10,Margin,
X11111111,Individual - TOD,Pending activity,,,,,$2750.67,,,,,,,,,
222222222,ROLLOVER IRA,FXAIX,FIDELITY 500 INDEX FUND,250.5,$195.66,+$1.02,$49012.83,+$255.51,+0.52%,+$9012.83,+22.53%,100.00%,$40000.00,$159.68,Cash,

"The data and information in this spreadsheet is provided to you solely for your use and is not for distribution. The spreadsheet is provided for informational purposes only, and is not intended to provide advice."

"Brokerage services are provided by Sample Brokerage Services LLC, Member NYSE, SIPC."

"Date downloaded Mar-14-2025 4:15 p.m ET"
""",
    ),
    "broker_pence.csv": (
        "cp1252",
        "\r\n",
        """\
Sample Lansdown
Stocks & Shares ISA
Spreadsheet created at 31-01-2025 10:12

Client Name:,Mr A Sample
Client Number:,1234567

Stock value:,"£9,367.94"
Total cash:,£0.00
Total value:,"£9,367.94"

Code,Stock,Units held,Price (pence),Value (£),Cost (£),Gain/loss (£),Gain/loss (%)
SHEL,Shell plc Ordinary EUR0.07,100,"2,634.50","2,634.50","2,300.00",334.50,14.54
AZN,AstraZeneca plc USD0.25,20,"11,386.00","2,277.20","2,500.00",-222.80,-8.91
ULVR,Unilever plc Ordinary 3.1p,50,"4,620.00","2,310.00","2,000.00",310.00,15.50
B41YBW7,Fundsmith Equity Class I - Accumulation,300.123,715.12,"2,146.24","1,500.00",646.24,43.08
,,Totals,,"9,367.94","8,300.00","1,067.94",12.87
""",
    ),
    "broker_comdirect_like.csv": (
        "iso-8859-15",
        "\r\n",
        """\
"Depotübersicht Gesamtdepot (in €) vom 31.01.2025 18:04";
;
"Stück/Nom.";"Bezeichnung";"WKN";"Typ";"Währung";"Akt. Kurs";"Diff. abs";"Diff. %";"Wert in EUR";"Kaufwert in EUR";"Diff. seit Kauf abs";"Datum";"Zeit";"Börse";"Notizen"
"10,000";"ALLIANZ SE NA O.N.";"840400";"Aktie";"EUR";"314,200";"+1,100";"+0,35";"3.142,00";"2.000,00";"+1.142,00";"31.01.25";"17:35";"Xetra";"--"
"25,000";"SIEMENS AG  NA O.N.";"723610";"Aktie";"EUR";"207,300";"-0,400";"-0,19";"5.182,50";"4.000,00";"+1.182,50";"31.01.25";"17:35";"Xetra";"--"
"40,000";"ISHSIII-CORE MSCI WLD ETF";"A0RPWH";"ETF";"EUR";"104,320";"+0,210";"+0,20";"4.172,80";"3.000,00";"+1.172,80";"31.01.25";"17:36";"Tradegate";"Sparplan"
"5.000,000";"BUND 22/32";"110260";"Anleihe";"EUR";"95,120";"+0,050";"+0,05";"4.756,00";"4.900,00";"-144,00";"31.01.25";"17:29";"Stuttgart";"--"
"Summe";"";"";"";"";"";"";"";"17.253,30";"13.900,00";"+3.353,30"
"Kurse ohne Gewähr";
""",
    ),
    "broker_boursobank_like.csv": (
        "utf-8-sig",
        "\n",
        """\
name;isin;quantity;buyingPrice;lastPrice;intradayVariation;amount;amountVariation;variation
"TOTALENERGIES";"FR0000120271";"45";"52,10";"55,87";"-0,50 %";"2 514,15";"169,65";"7,24 %"
"AIR LIQUIDE";"FR0000120073";"30";"150,00";"168,40";"0,12 %";"5 052,00";"552,00";"12,27 %"
"AMUNDI NASDAQ-100 II UCITS ETF ACC";"LU1829221024";"1 100";"15,00";"18,25";"1,03 %";"20 075,00";"3 575,00";"21,67 %"
""",
    ),
    "broker_degiro_like.csv": (
        "utf-8",
        "\n",
        """\
Product,Symbool/ISIN,Aantal,Slotkoers,Lokale waarde,,Waarde in EUR
CASH & CASH FUND & FTX CASH (EUR),,,,EUR,"-250,40","-250,40"
CASH & CASH FUND & FTX CASH (USD),,,,USD,"104,00","100,00"
NVIDIA CORPORATION - C,US67066G1040,20,"120,07",USD,"2401,40","2309,04"
ASML HOLDING,NL0010273215,5,"722,90",EUR,"3614,50","3614,50"
ISHARES CORE MSCI WORLD UCITS ETF,IE00B4L5Y983,150,"104,32",EUR,"15648,00","15648,00"
""",
    ),
    "broker_ib_activity.csv": (
        "utf-8-sig",
        "\n",
        """\
Statement,Header,Field Name,Field Value
Statement,Data,BrokerName,Sample Brokers LLC
Statement,Data,Title,Activity Statement
Statement,Data,Period,"January 31, 2025"
Account Information,Header,Field Name,Field Value
Account Information,Data,Account,U1234567
Account Information,Data,Base Currency,USD
Net Asset Value,Header,Asset Class,Prior Total,Current Long,Current Short,Current Total,Change
Net Asset Value,Data,Cash,1500,2000,0,2000,500
Net Asset Value,Data,Stock,14000,23600,-8092,15508,1508
Net Asset Value,Data,Options,1100,1300,0,1300,200
Net Asset Value,Data,Total,16600,26900,-8092,18808,2208
Open Positions,Header,DataDiscriminator,Asset Category,Currency,Symbol,Quantity,Mult,Cost Price,Cost Basis,Close Price,Value,Unrealized P/L,Code
Open Positions,Data,Summary,Stocks,USD,AAPL,100,1,150,15000,236,23600,8600,
Open Positions,Data,Summary,Stocks,USD,TSLA,-20,1,300,-6000,404.6,-8092,-2092,
Open Positions,Total,,Stocks,USD,,,,,9000,,15508,6508,
Open Positions,Data,Summary,Equity and Index Options,USD,NVDA 21MAR25 130 C,2,100,5,1000,6.5,1300,300,
Open Positions,Total,,Equity and Index Options,USD,,,,,1000,,1300,300,
Forex Balances,Header,Asset Category,Currency,Description,Quantity,Cost Price,Cost Basis in USD,Close Price,Value in USD,Unrealized P/L in USD,Code
Forex Balances,Data,Forex,USD,USD,2000,0,-2000,1,2000,0,
Trades,Header,DataDiscriminator,Asset Category,Currency,Symbol,Date/Time,Quantity,T. Price,C. Price,Proceeds,Comm/Fee,Basis,Realized P/L,Code
Trades,Data,Order,Stocks,USD,AAPL,"2025-01-15, 10:00:00",50,230,231,-11500,-1,11501,0,O
Trades,SubTotal,,Stocks,USD,AAPL,,50,,,-11500,-1,11501,0,
""",
    ),
    "broker_ib_portfolio.csv": (
        "utf-8",
        "\n",
        """\
Symbol,Description,Asset Class,Currency,Position,Mark Price,Position Value
AAPL,APPLE INC,STK,USD,200,236.00,"47,200.00"
TSLA,TESLA INC,STK,USD,(50),404.60,"(20,230.00)"
NVDA  250321C00130000,NVDA 21MAR25 130 C,OPT,USD,(3),6.50,"(1,950.00)"
SPY   250620P00560000,SPY 20JUN25 560 P,OPT,USD,2,14.25,"2,850.00"
ESM5,ES 20JUN25,FUT,USD,1,"6,070.00",0.00
USD,US DOLLAR,CASH,USD,"12,130.00",1,"12,130.00"
Total,,,,,,"40,000.00"
""",
    ),
    "broker_options.csv": (
        "utf-8",
        "\n",
        """\
Symbol,Description,Quantity,Price,Market Value (USD)
NVDA,NVIDIA CORP,100,120.15,"12,015.00"
NVDA  250321P00130000,NVDA PUT,5,9.20,"4,600.00"
AAPL US 06/20/25 C230 Equity,AAPL CALL,-2,7.10,"-1,420.00"
TSLA 03/21/2025 400.00 P,TSLA PUT,1,18.40,"1,840.00"
MSFT 21MAR25 420 C,MSFT CALL,-1,3.25,-325.00
-AMZN250620C220,AMZN JUN 20 2025 $220 CALL,-3,8.00,"-2,400.00"
,PUT SPY JUN 20 2025 $560,2,14.25,"2,850.00"
""",
    ),
    "broker_jp_sections.csv": (
        "cp932",
        "\r\n",
        """\
ポートフォリオ一覧
総件数：4件
選択範囲：1-4件

株式（現物/特定預り）合計
評価額,含み損益,含み損益（％）,前日比,前日比（％）
"1,290,000","+190,000","+17.27","-12,000","-0.92"

株式（現物/特定預り）
銘柄（コード）,買付日,数量,取得単価,現在値,前日比,前日比（％）,損益,損益（％）,評価額
"7203 トヨタ自動車",----/--/--,300,"2,400","2,800","-20","-0.71","+120,000","+16.67","840,000"
"6758 ソニーグループ",----/--/--,150,"2,533","3,000","-40","-1.32","+70,050","+18.44","450,000"

投資信託（金額/特定預り）合計
評価額,含み損益,含み損益（％）,前日比,前日比（％）
"615,900","+117,900","+23.67","+1,000","+0.16"

投資信託（金額/特定預り）
ファンド名,買付日,数量,取得単価,現在値,前日比,前日比（％）,損益,損益（％）,評価額
全世界株式インデックス・ファンド,----/--/--,"200,000","20,000","25,000","+50","+0.20","+100,000","+25.00","500,000"
日経平均インデックス・ファンド,----/--/--,"100,000","9,800","11,590","0","0.00","+17,900","+18.27","115,900"

総合計
評価額,含み損益,含み損益（％）,前日比,前日比（％）
"1,905,900","+307,900","+19.27","-11,000","-0.57"
""",
    ),
    "fund_jp_per_10000.csv": (
        "utf-8-sig",
        "\r\n",
        """\
お預り資産明細 2025/01/31 現在
※基準価額は1万口あたりの金額です

ファンド名,保有口数,基準価額（円）,取得価額（円）
国内株式インデックスファンド,"1,250,000","18,400","15,000"
先進国債券インデックスファンド,"400,000","22,050","20,000"
バランスファンド（8資産均等型）,"30,000","16,500","16,000"
""",
    ),
    "broker_cn_tabs.xls": (
        "gbk",
        "\r\n",
        """\
币种:人民币\t参考市值:388450.00
证券代码\t证券名称\t证券数量\t可卖数量\t参考成本价\t参考市价\t参考市值\t参考盈亏\t盈亏比例(%)\t交易所名称
="600519"\t贵州茅台\t200\t200\t1500.000\t1440.000\t288000.00\t-12000.00\t-4.00\t上海A股
="000858"\t五粮液\t300\t100\t140.000\t128.500\t38550.00\t-3450.00\t-8.21\t深圳A股
="000333"\t美的集团\t800\t800\t60.000\t77.375\t61900.00\t13900.00\t28.96\t深圳A股
""",
    ),
    "exchange_crypto.csv": (
        "utf-8",
        "\n",
        """\
Portfolio snapshot 2025-01-31
Asset,Symbol,Balance,Price (USD),Value (USD),Allocation
Bitcoin,BTC,0.5,"$102,000.00","$51,000.00",68.92%
Ethereum,ETH,4.25,"$3,300.00","$14,025.00",18.95%
Solana,SOL,30,$232.50,"$6,975.00",9.43%
USD Coin,USDC,1500,$1.00,"$1,500.00",2.03%
US Dollar,USD,500,$1.00,$500.00,0.68%
""",
    ),
    # -- fund houses ---------------------------------------------------------------
    "fund_usd_thousands.csv": (
        "utf-8",
        "\n",
        """\
Schedule of investments
December 31 2024

Security,CUSIP,Shares,Market Value (USD thousands),% of Net Assets
Apple Inc,037833100,"11,308","2,668.6",53.4
NVIDIA Corp,67066G104,"11,000","1,338.4",26.8
Cash and cash equivalents,,,993.0,19.9
Total,,,"5,000.0",100.0
Amounts may not add due to rounding.
""",
    ),
    "fund_swaps_below.csv": (
        "utf-8",
        "\n",
        """\
Sample Euro Income Fund
Statement of investments at 31 January 2025
Fund currency: EUR

Security,ISIN,Nominal/Shares,Price,Market Value (EUR),% of NAV
SAP SE,DE0007164600,"1,000",267.45,"267,450.00",27.08
ASML Holding NV,NL0010273215,500,722.90,"361,450.00",36.60
Bundesrepublik Deutschland 1.7% 15/08/2032,DE0001102606,"300,000",95.12,"285,360.00",28.90
Cash at bank,,,,"85,740.00",8.68
Total investments,,,,"1,000,000.00",101.27

Interest rate swaps
Contract,Counterparty,Pay,Receive,Notional (EUR),Termination date,Unrealised gain/loss (EUR)
IRS 5Y EUR,Sample Bank,2.45%,6M EURIBOR,"5,000,000",15/03/2029,"-12,500.00"
Net assets,,,,,,"987,500.00"
""",
    ),
    "fund_transactions_below.csv": (
        "utf-8",
        "\r\n",
        """\
Depotauszug vom 31.01.2025
Bezeichnung;ISIN;Stück;Kurs;Wert EUR
SAP SE;DE0007164600;100;267,45;26.745,00
Siemens AG;DE0007236101;50;207,30;10.365,00
Summe;;;;37.110,00

Umsätze im Januar 2025
Datum;Umsatzart;Bezeichnung;ISIN;Stück;Kurs;Betrag EUR
15.01.2025;Kauf;Siemens AG;DE0007236101;50;201,00;-10.050,00
20.01.2025;Verkauf;BASF SE;DE000BASF111;200;45,00;9.000,00
28.01.2025;Dividende;Allianz SE;DE0008404005;;;450,00
""",
    ),
    "fund_top_ten_below.csv": (
        "utf-8",
        "\n",
        """\
Fund: Sample Technology Fund
As at: 2025-01-31
Name,ISIN,Shares,Market Value (USD),Weight (%)
Apple Inc,US0378331005,"1,000","236,000.00",23.60
Microsoft Corp,US5949181045,600,"249,000.00",24.90
NVIDIA Corp,US67066G1040,"2,000","240,140.00",24.01
Tesla Inc,US88160R1014,400,"161,840.00",16.18
Amazon.com Inc,US0231351067,450,"107,020.00",10.70
USD Cash,,,"6,000.00",0.60

Top 3 holdings
Name,ISIN,Shares,Market Value (USD),Weight (%)
Microsoft Corp,US5949181045,600,"249,000.00",24.90
NVIDIA Corp,US67066G1040,"2,000","240,140.00",24.01
Apple Inc,US0378331005,"1,000","236,000.00",23.60
""",
    ),
    "fund_sectors_below.csv": (
        "utf-8",
        "\n",
        """\
Holdings as of 31/01/2025
Name,ISIN,Sector,Market Value (EUR),Weight
ASML Holding NV,NL0010273215,Information Technology,"400,000.00",40.00%
TotalEnergies SE,FR0000120271,Energy,"350,000.00",35.00%
Unilever PLC,GB00B10RZP78,Consumer Staples,"200,000.00",20.00%
Cash EUR,,Cash,"50,000.00",5.00%

Sector allocation
Sector,Market Value (EUR),Weight
Information Technology,"400,000.00",40.00%
Energy,"350,000.00",35.00%
Consumer Staples,"200,000.00",20.00%
Cash,"50,000.00",5.00%

Currency exposure
Currency,Weight
EUR,80.00%
GBP,20.00%
""",
    ),
    "fund_rights_collateral.csv": (
        "utf-8-sig",
        "\n",
        """\
Sample Euro Equity UCITS ETF
Fund Holdings as of,"31/Jan/2025"
Fund Base Currency,EUR

Ticker,Name,Asset Class,Market Value,Weight (%),Notional Value,Shares,Price,Location,Exchange,Market Currency
"TTE","TOTALENERGIES","Equity","5,587,000.00","55.87","5,587,000.00","100,000.00","55.87","France","Euronext Paris","EUR"
"ASML","ASML HOLDING NV","Equity","4,337,400.00","43.37","4,337,400.00","6,000.00","722.90","Netherlands","Euronext Amsterdam","EUR"
"SAB.R","BANCO SABADELL RIGHTS","Equity","0.00","0.00","0.00","12,500.00","0.00","Spain","Bolsa De Madrid","EUR"
"EUR","EUR CASH","Cash","-350,000.00","-3.50","-350,000.00","-350,000.00","100.00","European Union","-","EUR"
"USD","USD CASH","Cash","25,600.00","0.26","25,600.00","26,600.00","96.24","United States","-","USD"
"HBCFT","CASH COLLATERAL EUR HBCFT","Cash Collateral and Margins","355,000.00","3.55","355,000.00","355,000.00","100.00","European Union","-","EUR"
"MARGIN_EUR","FUTURES EUR MARGIN BALANCE","Cash Collateral and Margins","45,000.00","0.45","45,000.00","45,000.00","100.00","European Union","-","EUR"
"VGH5","EURO STOXX 50 MAR 25","Futures","0.00","0.00","528,800.00","10.00","5,288.00","-","Eurex Deutschland","EUR"
""",
    ),
    "fund_shorts_by_title.csv": (
        "utf-8",
        "\n",
        """\
Long/Short Equity Fund - 28 February 2025
Security,ISIN,Shares,Price (USD),Market Value (USD)
Long positions,,,,
Apple Inc,US0378331005,"1,000",240.00,"240,000.00"
NVIDIA Corp,US67066G1040,"3,000",120.00,"360,000.00"
Total long positions,,,,"600,000.00"
Securities sold short,,,,
Tesla Inc,US88160R1014,500,290.00,"145,000.00"
Ford Motor Co,US3453708600,"5,000",9.50,"47,500.00"
Total securities sold short,,,,"192,500.00"
Cash and other assets,,,,"592,500.00"
Net assets,,,,"1,000,000.00"
""",
    ),
    "fund_weights_98_6.csv": (
        "utf-8",
        "\n",
        """\
Sample Dividend Fund: portfolio at 31 January 2025
Holding,ISIN,% of net assets
Nestle SA,CH0038863350,30.5
Unilever PLC,GB00B10RZP78,25.1
TotalEnergies SE,FR0000120271,22.0
Sanofi SA,FR0000120578,21.0
""",
    ),
    "weights_fraction.csv": (
        "utf-8",
        "\n",
        """\
ticker,weight
AAPL,0.35
MSFT,0.25
NVDA,0.20
BRK-B,0.15
CASH,0.05
""",
    ),
    "weights_percent.csv": (
        "utf-8",
        "\n",
        """\
Name,Ticker,Weight
Apple Inc,AAPL US,54.30%
NVIDIA Corp,NVDA US,45.71%
Abiomed Inc CVR,,<.01%
US Dollar,,-0.01%
""",
    ),
    # -- regulators and risk systems -------------------------------------------------
    "regulator_nport.csv": (
        "utf-8",
        "\n",
        """\
name,title,cusip,isin,balance,units,curCd,valUSD,pctVal,payoffProfile,assetCat,issuerCat,invCountry
APPLE INC,Apple Inc,037833100,US0378331005,1000,NS,USD,236000.00,47.2,Long,EC,CORP,US
TOYOTA MOTOR CORP,Toyota Motor Corp,,JP3633400001,5000,NS,JPY,94000.00,18.8,Long,EC,CORP,JP
TESLA INC,Tesla Inc,88160R101,US88160R1014,-100,NS,USD,-40460.00,-8.092,Short,EC,CORP,US
UNITED STATES TREASURY,4% Treasury Bond 11/15/52,912810TM0,US912810TM09,100000,PA,USD,94117.60,18.82352,Long,DBT,UST,US
SAMPLE GOVERNMENT MONEY MARKET FUND,Sample Government Money Market Fund,,,116342.40,NS,USD,116342.40,23.26848,Long,STIV,RF,US
""",
    ),
    "regulator_tpt.csv": (
        "utf-8",
        "\n",
        """\
1_Portfolio_identifying_data;3_Portfolio_name;4_Portfolio_currency_(B);5_Net_asset_valuation_of_the_portfolio;6_Valuation_date;12_CIC_code_of_the_instrument;14_Identification_code_of_the_instrument;15_Type_of_identification_code;17_Instrument_name;18_Quantity;20_Contract_size_for_derivatives;21_Quotation_currency_(A);22_Market_valuation_in_quotation_currency_(A);24_Market_valuation_in_portfolio_currency_(B);26_Valuation_weight;27_Market_exposure_amount_in_quotation_currency_(A);28_Market_exposure_amount_in_portfolio_currency_(B)
F1;Sample Fund;EUR;1000000;2025-01-31;DE31;DE0007164600;1;SAP SE;2000;;EUR;534900;534900;0.5349;534900;534900
F1;Sample Fund;EUR;1000000;2025-01-31;US31;US0378331005;1;APPLE INC;1500;;USD;354000;340400;0.3404;354000;340400
F1;Sample Fund;EUR;1000000;2025-01-31;XTA1;FESXH5;99;EURO STOXX 50 MAR25;-10;10;EUR;0;0;0;-528800;-528800
F1;Sample Fund;EUR;1000000;2025-01-31;XT72;CASH;99;CASH EUR;124700;;EUR;124700;124700;0.1247;124700;124700
""",
    ),
    "risk_futures_forwards.csv": (
        "utf-8",
        "\n",
        """\
Portfolio: MACRO OVERLAY
Valuation date: 2025-01-31
Base currency: EUR
Instrument ID,Instrument Name,Instrument Type,Contracts/Nominal,Price,Market Value (EUR),Notional Exposure (EUR)
DE0007164600,SAP SE,Equity,"2,000",267.45,"534,900.00","534,900.00"
FESX202503,EURO STOXX 50 MAR 25,Future,-10,"5,288.00",0.00,"-528,800.00"
ESH5,S&P 500 E-MINI MAR 25,Future,4,"6,070.00",0.00,"1,166,700.00"
FXFWD-001,FX Forward EUR/USD 2025-03-19,FX Forward,"-500,000",1.0390,"-3,250.00","-500,000.00"
FXFWD-002,FX Forward EUR/CHF 2025-03-19,FX Forward,"200,000",0.9450,"1,100.00","200,000.00"
CASH-EUR,Cash EUR,Cash,"67,250.00",1.0000,"67,250.00","67,250.00"
Total,,,,,"600,000.00","840,050.00"
""",
    ),
    "risk_active_weights.csv": (
        "utf-8",
        "\n",
        """\
Active risk report,,,,,
As of date,2025-01-31,,,,
Security Name,ISIN,Benchmark Weight (%),Portfolio Weight (%),Active Weight (%),Contribution to TE (%)
Apple Inc,US0378331005,30.00,42.00,12.00,55.1
Microsoft Corp,US5949181045,30.00,33.00,3.00,10.2
NVIDIA Corp,US67066G1040,28.00,20.00,-8.00,30.0
Tesla Inc,US88160R1014,12.00,0.00,-12.00,4.7
Cash,,0.00,5.00,5.00,0.0
Total,,100.00,100.00,0.00,100.0
""",
    ),
    "risk_local_values.csv": (
        "utf-8",
        "\n",
        """\
Position Date,Book,ISIN,Instrument,Ccy,Qty,Px Last,MV Local
2025-01-31,EQ-LS-01,US0378331005,APPLE INC,USD,100,236.00,23600.00
2025-01-31,EQ-LS-01,GB00BP6MXD84,SHELL PLC,GBp,1000,2634.50,26345.00
2025-01-31,EQ-LS-02,JP3633400001,TOYOTA MOTOR CORP,JPY,400,2800,1120000
2025-01-31,EQ-LS-02,DE0007164600,SAP SE,EUR,-50,267.45,-13372.50
""",
    ),
    "bonds_no_value.csv": (
        "utf-8",
        "\n",
        """\
Issuer;ISIN;Currency;Nominal;Coupon (%);Maturity;Price (%)
Bundesrepublik Deutschland;DE0001102606;EUR;100000;1.70;2032-08-15;95.12
Bundesrepublik Deutschland;DE0001102580;EUR;40000;0.00;2032-02-15;84.80
Republique Francaise OAT;FR0013508470;EUR;50000;0.00;2026-02-25;97.50
""",
    ),
    # -- how the text is written ---------------------------------------------------------
    "text_tabs_trailing_minus.txt": (
        "cp1252",
        "\r\n",
        """\
Dynamische Listenausgabe\t\t\t\t\t

\tStichtag\tBezeichnung\tISIN-Nummer\tNominal/Stück\tWährg\tBuchwert EUR\tMarktwert EUR
\t31.01.2025\tSAP SE\tDE0007164600\t2.000\tEUR\t300.000,00\t534.900,00
\t31.01.2025\tSiemens AG\tDE0007236101\t500-\tEUR\t95.000,00-\t103.650,00-
\t31.01.2025\tAllianz SE\tDE0008404005\t1.000\tEUR\t250.000,00\t314.200,00
\t31.01.2025\tBankkonto\t\t\tEUR\t45.450,00-\t45.450,00-
*\t\t\t\t\t\t409.550,00\t700.000,00
""",
    ),
    "text_pipes.txt": (
        "utf-8",
        "\n",
        """\
POSITION REPORT  RUN DATE 02/03/2025  AS OF 01/31/2025
| TICKER | DESCRIPTION          |   QUANTITY |      PRICE |   MARKET VALUE |
|--------|----------------------|------------|------------|----------------|
| AAPL   | APPLE INC            |     100.00 |     236.00 |      23,600.00 |
| MSFT   | MICROSOFT CORP       |      50.00 |     415.00 |      20,750.00 |
| TSLA   | TESLA INC            |     -20.00 |     404.60 |      -8,092.00 |
| USD    | US DOLLAR CASH       |   3,742.00 |       1.00 |       3,742.00 |
|--------|----------------------|------------|------------|----------------|
|        | TOTAL                |            |            |      40,000.00 |
""",
    ),
    "text_bare_cr.csv": (
        "utf-8",
        "\r",
        """\
Name,ISIN,Quantity,Price,Market Value (USD)
Apple Inc,US0378331005,10,236.00,2360.00
NVIDIA Corp,US67066G1040,20,120.00,2400.00
Cash USD,,,,240.00
""",
    ),
    "text_utf16.csv": (
        "utf-16",
        "\r\n",
        """\
Name\tISIN\tQuantity\tPrice\tMarket Value (EUR)
Société Générale\tFR0000130809\t100\t31.25\t3125.00
Nestlé SA\tCH0038863350\t10\t82.00\t820.00
Cash EUR\t\t\t\t55.00
""",
    ),
    "text_two_boms.csv": (
        "utf-8-sig",
        "\n",
        """\
\ufeffISIN,Name,Quantity,Market Value (GBP)
GB00B10RZP78,Unilever PLC,100,4620.00
GB00BP6MXD84,Shell PLC,50,1317.25
GB0009895292,AstraZeneca PLC,10,1138.60
""",
    ),
    "text_unquoted_comma.csv": (
        "utf-8",
        "\n",
        """\
Ticker,Name,Shares,Price,Market Value (USD)
AAPL,Apple Inc.,100,236.00,23600.00
BRK.B,Berkshire Hathaway, Inc. Class B,10,480.00,4800.00
AMZN,Amazon.com, Inc.,20,237.80,4756.00
MSFT,Microsoft Corporation,5,415.00,2075.00
""",
    ),
    # -- headers that are wrong, unknown or missing --------------------------------------
    "header_isin_under_ticker.csv": (
        "utf-8",
        "\n",
        """\
Ticker,Company,Units,Value (EUR)
DE0007164600,SAP SE,100,26745.00
NL0010273215,ASML Holding,20,14458.00
FR0000120271,TotalEnergies,150,8380.50
""",
    ),
    "header_swapped.csv": (
        "utf-8",
        "\n",
        """\
Security,ISIN,Currency,Quantity,Value,Price
Apple Inc,US0378331005,USD,100,236.00,23600.00
NVIDIA Corp,US67066G1040,USD,250,120.00,30000.00
Microsoft Corp,US5949181045,USD,40,415.00,16600.00
Tesla Inc,US88160R1014,USD,-50,404.60,-20230.00
""",
    ),
    "header_unknown_value.csv": (
        "utf-8",
        "\n",
        """\
Bezeichnung;ISIN;Stück;Kurs;Betrag X;Rang
SAP SE;DE0007164600;100;267,45;26.745,00;1
BASF SE;DE000BASF111;200;46,50;9.300,00;3
Siemens AG;DE0007236101;50;207,30;10.365,00;2
Allianz SE;DE0008404005;10;314,20;3.142,00;4
""",
    ),
    "header_none.csv": (
        "utf-8",
        "\n",
        """\
DE0007164600;SAP SE;100;267,45;26745,00
DE000BASF111;BASF SE;200;46,50;9300,00
DE0007236101;Siemens AG;50;207,30;10365,00
NL0010273215;ASML Holding;12;722,90;8674,80
""",
    ),
    # -- too little to compute ------------------------------------------------------------
    "quantity_only.csv": (
        "utf-8",
        "\n",
        """\
Symbol,Shares
AAPL,100
MSFT,50
BRK/B,10
VTI,25.5
""",
    ),
    "refused_no_amounts.csv": (
        "utf-8",
        "\n",
        """\
Index constituents as of 31 January 2025
Ticker,Company,Sector,Country
AAPL,Apple Inc,Information Technology,United States
MSFT,Microsoft Corp,Information Technology,United States
NESN,Nestle SA,Consumer Staples,Switzerland
""",
    ),
    "refused_header_only.csv": (
        "utf-8",
        "\n",
        """\
Fund Holdings as of,"31 Jan 2025"

Ticker,Name,Asset Class,Market Value,Weight (%),Shares,Price
""",
    ),
    "refused_price_history.csv": (
        "utf-8",
        "\n",
        """\
Date,Open,High,Low,Close,Adj Close,Volume
2025-01-27,148.21,150.90,145.02,147.77,147.77,48500000
2025-01-28,148.50,151.20,147.10,150.10,150.10,39100000
2025-01-29,150.20,152.00,149.60,151.30,151.30,30700000
2025-01-30,151.00,153.10,150.20,152.40,152.40,28900000
2025-01-31,152.60,154.00,151.10,151.80,151.80,33300000
""",
    ),
    "refused_prose.txt": (
        "utf-8",
        "\n",
        """\
Dear client,

in January your portfolio gained 2.4%, driven by SAP (+12%) and Nestle, while NVIDIA
fell 15.8% after the DeepSeek news. We reduced the position in US0378331005 by 1,000
shares, at 236.00 USD, and kept cash at 5% of the portfolio.

With kind regards,
your adviser
""",
    ),
}


def write_texts() -> None:
    """Write every text file in its encoding and with its line ends."""
    for name, (encoding, end, text) in TEXTS.items():
        (FILES / name).write_bytes(text.replace("\n", end).encode(encoding))


def save(book: openpyxl.Workbook, name: str) -> None:
    """Save a workbook without the hour at which it was made."""
    raw = io.BytesIO()
    book.save(raw)
    with (
        zipfile.ZipFile(raw) as made,
        zipfile.ZipFile(FILES / name, "w", zipfile.ZIP_DEFLATED) as kept,
    ):
        for member in made.infolist():
            content = made.read(member)
            if member.filename == "docProps/core.xml":
                content = re.sub(
                    rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
                    b"2025-01-31T00:00:00Z",
                    content,
                )
            info = zipfile.ZipInfo(member.filename, LONG_AGO)
            info.compress_type = zipfile.ZIP_DEFLATED
            kept.writestr(info, content)


def book_of(sheets: dict[str, Rows]) -> openpyxl.Workbook:
    """Make a workbook of sheets of rows."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    return book


def write_headers() -> None:
    """Write workbooks whose headers take two rows, merged cells or units."""
    book = book_of(
        {
            "Holdings": [
                ["Custody valuation at 31 March 2025"],
                ["Base currency: EUR"],
                [],
                ["Security", "ISIN", "Ccy", "Quantity", "Price", "Market Value", None]
                + ["Cost", None],
                [None, None, None, None, "Local", "Local", "Base", "Local", "Base"],
                ["Apple Inc", "US0378331005", "USD", 100, 222.13, 22213.0, 20538.14]
                + [15000.0, 13800.0],
                ["Nestle SA", "CH0038863350", "CHF", 200, 89.36, 17872.0, 18700.0]
                + [20000.0, 20900.0],
                ["SAP SE", "DE0007164600", "EUR", 50, 245.1, 12255.0, 12255.0]
                + [6000.0, 6000.0],
                ["USD Cash Account", None, "USD", 1000, 1, 1000.0, 924.6]
                + [1000.0, 924.6],
                ["Total", None, None, None, None, None, 52417.74, None, 41624.6],
            ]
        }
    )
    sheet = book["Holdings"]
    sheet.merge_cells("F4:G4")
    sheet.merge_cells("H4:I4")
    for column in "ABCD":
        sheet.merge_cells(f"{column}4:{column}5")
    save(book, "custodian_two_header_rows.xlsx")

    book = book_of(
        {
            "Portfolio": [
                ["Holdings at 31 December 2024"],
                [],
                ["Issuer", "ISIN", "Country", "Value (EURm)", "% NAV"],
                ["ASML Holding NV", "NL0010273215", "NL", 12.4, 45.93],
                ["SAP SE", "DE0007164600", "DE", 8.35, 30.93],
                ["TotalEnergies SE", "FR0000120271", "FR", 5.25, 19.44],
                ["Cash", None, None, 1.0, 3.70],
                ["Total", None, None, 27.0, 100.0],
            ]
        }
    )
    save(book, "fund_eurm.xlsx")

    head = ["Account", "Security", "ISIN", "Quantity", "Price EUR", "Value EUR"]
    book = book_of(
        {
            "Positions": [
                head,
                ["A-100 Main", "SAP SE", "DE0007164600", 100, 267.45, 26745.0],
                [None, "Siemens AG", "DE0007236101", 50, 207.3, 10365.0],
                [None, "Cash EUR", None, None, None, 1000.0],
                ["A-200 Children", "SAP SE", "DE0007164600", 20, 267.45, 5349.0],
                [None, "Cash EUR", None, None, None, 541.0],
                ["Total", None, None, None, None, 44000.0],
            ]
        }
    )
    book["Positions"].merge_cells("A2:A4")
    book["Positions"].merge_cells("A5:A6")
    save(book, "bank_merged_accounts.xlsx")


def write_india() -> None:
    """Write a scheme's statement in lakhs with short futures below its total."""
    blank: list[object] = []
    rows: Rows = [
        ["SAMPLE MUTUAL FUND"],
        ["Sample Equity Hedge Fund"],
        ["Portfolio Statement as on January 31, 2025"],
        blank,
        ["Name of the Instrument", "ISIN", "Industry / Rating", "Quantity"]
        + ["Market/Fair Value\n(Rs. in Lakhs)", "% to NAV"],
        ["EQUITY & EQUITY RELATED"],
        ["(a) Listed / awaiting listing on Stock Exchanges"],
        ["Reliance Industries Limited", "INE002A01018", "Petroleum Products", 400000]
        + [5060.6, 0.50606],
        ["HDFC Bank Limited", "INE040A01034", "Banks", 150000, 2548.05, 0.254805],
        ["Infosys Limited", "INE009A01021", "IT - Software", 60000, 1127.88, 0.112788],
        ["Sub Total", None, None, None, 8736.53, 0.873653],
        ["(b) Unlisted", None, None, None, "NIL", "NIL"],
        ["Sub Total", None, None, None, "NIL", "NIL"],
        ["TOTAL", None, None, None, 8736.53, 0.873653],
        ["MONEY MARKET INSTRUMENTS"],
        ["Treasury Bill"],
        ["91 DAYS TBILL RED 13-03-2025", "IN002024X375", "SOVEREIGN", 500000]
        + [496.2, 0.04962],
        ["Sub Total", None, None, None, 496.2, 0.04962],
        ["TREPS / Reverse Repo", None, None, None, 850.0, 0.085],
        ["Net Receivables / (Payables)", None, None, None, -82.73, -0.008273],
        ["GRAND TOTAL", None, None, None, 10000.0, 1.0],
        blank,
        ["DERIVATIVES DISCLOSURE: hedging positions through futures"],
        ["Underlying", "Long / Short", "Expiry", "Quantity"]
        + ["Exposure (Rs. in Lakhs)", "% to NAV"],
        ["HDFC Bank Limited", "Short", dt.date(2025, 2, 27), -150000]
        + [-2560.5, -0.25605],
        ["Infosys Limited", "Short", dt.date(2025, 2, 27), -60000]
        + [-1133.4, -0.11334],
        blank,
        ["Total exposure through futures as a % of NAV: -36.94%"],
        ["Portfolio turnover ratio: 0.45 times"],
    ]
    book = book_of({"SEHF": rows})
    for cell in book["SEHF"]["F"][5:]:
        cell.number_format = "0.00%"
    for cell in book["SEHF"]["C"][24:26]:
        cell.number_format = "dd-mmm-yyyy"
    for row in (1, 2, 3, 5, 21):
        book["SEHF"].cell(row, 1).font = Font(bold=True)
    save(book, "fund_in_lakhs_short_futures.xlsx")


def write_sheets() -> None:
    """Write workbooks of several sheets: of one client, of several funds, of two days."""
    head = ["Security", "ISIN", "Quantity", "Price", "Market Value (EUR)"]
    client: dict[str, Rows] = {
        "Summary": [
            ["Client 4711: valuation at 31.01.2025"],
            ["Asset class", "Market Value (EUR)"],
            ["Equities", 80000.0],
            ["Bonds", 95120.0],
            ["Cash", 24880.0],
            ["Total", 200000.0],
        ],
        "Equities": [
            head,
            ["SAP SE", "DE0007164600", 200, 267.45, 53490.0],
            ["Siemens AG", "DE0007236101", 100, 265.1, 26510.0],
            ["Total", None, None, None, 80000.0],
        ],
        "Bonds": [
            ["Security", "ISIN", "Nominal", "Price (%)", "Market Value (EUR)"],
            ["1.70% Bund 15.08.2032", "DE0001102606", 100000, 95.12, 95120.0],
            ["Total", None, None, None, 95120.0],
        ],
        "Cash": [
            ["Account", "Currency", "Market Value (EUR)"],
            ["Current account EUR", "EUR", 20000.0],
            ["Current account USD", "USD", 4880.0],
            ["Total", None, 24880.0],
        ],
    }
    save(book_of(client), "client_three_sheets.xlsx")

    fund = ["Name", "ISIN", "Weight (%)"]
    save(
        book_of(
            {
                "Global Equity": [
                    ["Sample Global Equity Fund, 31 January 2025"],
                    fund,
                    ["Apple Inc", "US0378331005", 30.0],
                    ["Microsoft Corp", "US5949181045", 30.0],
                    ["Nestle SA", "CH0038863350", 25.0],
                    ["Toyota Motor Corp", "JP3633400001", 12.0],
                    ["Cash", None, 3.0],
                ],
                "European Equity": [
                    ["Sample European Equity Fund, 31 January 2025"],
                    fund,
                    ["SAP SE", "DE0007164600", 55.0],
                    ["Nestle SA", "CH0038863350", 25.0],
                    ["ASML Holding NV", "NL0010273215", 20.0],
                ],
                "US Growth": [
                    ["Sample US Growth Fund, 31 January 2025"],
                    fund,
                    ["NVIDIA Corp", "US67066G1040", 60.0],
                    ["Tesla Inc", "US88160R1014", 40.0],
                ],
            }
        ),
        "fund_one_sheet_each.xlsx",
    )

    def month(day: str, rows: Rows) -> Rows:
        return [[f"Portfolio valuation as of {day}"], ["Currency: USD"], [], *rows]

    value = ["Security", "ISIN", "Shares", "Price", "Value"]
    save(
        book_of(
            {
                "31.12.2024": month(
                    "31 December 2024",
                    [
                        value,
                        ["Apple Inc", "US0378331005", 100, 250.42, 25042.0],
                        ["Tesla Inc", "US88160R1014", 20, 403.84, 8076.8],
                        ["Microsoft Corp", "US5949181045", 10, 421.5, 4215.0],
                        ["Total", None, None, None, 37333.8],
                    ],
                ),
                "31.01.2025": month(
                    "31 January 2025",
                    [
                        value,
                        ["Apple Inc", "US0378331005", 100, 236.0, 23600.0],
                        ["NVIDIA Corp", "US67066G1040", 70, 120.0, 8400.0],
                        ["Total", None, None, None, 32000.0],
                    ],
                ),
            }
        ),
        "client_two_months.xlsx",
    )


def write_hidden() -> None:
    """Write workbooks with a hidden sheet and with hidden rows."""
    head = ["Name", "ISIN", "Quantity", "Price", "Market Value (USD)"]
    book = book_of(
        {
            "old": [
                head,
                ["Intel Corp", "US4581401001", 500, 20.0, 10000.0],
                ["Apple Inc", "US0378331005", 90, 150.0, 13500.0],
                ["Microsoft Corp", "US5949181045", 70, 300.0, 21000.0],
                ["Tesla Inc", "US88160R1014", 10, 200.0, 2000.0],
            ],
            "current": [
                head,
                ["Apple Inc", "US0378331005", 100, 236.0, 23600.0],
                ["Microsoft Corp", "US5949181045", 40, 415.0, 16600.0],
            ],
        }
    )
    book["old"].sheet_state = "hidden"
    book.active = 1
    save(book, "client_hidden_sheet.xlsx")

    rows: Rows = [
        head,
        ["Apple Inc", "US0378331005", 100, 236.0, 23600.0],
        ["Intel Corp", "US4581401001", 500, 20.0, 10000.0],
        ["Microsoft Corp", "US5949181045", 40, 415.0, 16600.0],
        ["Tesla Inc", "US88160R1014", 10, 404.6, 4046.0],
    ]
    for name, total in (("in_total", 54246.0), ("not_in_total", 44246.0)):
        book = book_of({"Positions": [*rows, ["Total", None, None, None, total]]})
        book["Positions"].row_dimensions[3].hidden = True
        save(book, f"client_hidden_row_{name}.xlsx")


def write_cells() -> None:
    """Write workbooks whose cells are texts, errors, formulas or percents."""
    save(
        book_of(
            {
                "Export": [
                    ["ISIN", "Name", "Quantity", "Price", "Market Value EUR", "Weight"],
                    ["DE0007164600", "SAP SE", "1.200,00", "267,45", "320.940,00"]
                    + ["64,19%"],
                    ["NL0010273215", "ASML Holding", "150,00", "722,90", "108.435,00"]
                    + ["21,69%"],
                    ["FR0000120271", "TotalEnergies", "1.000,00", "55,87", "55.870,00"]
                    + ["11,17%"],
                    [" ", "Cash EUR", "-", "-", "14.755,00", "2,95%"],
                ]
            }
        ),
        "cells_numbers_as_text.xlsx",
    )

    book = book_of(
        {
            "Model": [
                ["Fund model: top positions"],
                ["Ticker", "Name", "Weight (%)"],
                ["AAPL", "Apple Inc", 0.4],
                ["MSFT", "Microsoft Corp", 0.3],
                ["NVDA", "NVIDIA Corp", 0.205],
                ["BRK/B", "Berkshire Hathaway Inc", 0.095],
            ]
        }
    )
    for cell in book["Model"]["C"][2:]:
        cell.number_format = "0.00%"
    save(book, "weights_percent_cells.xlsx")

    book = book_of(
        {
            "Positions": [
                ["Ticker", "Name", "Exchange", "Shares", "Price USD"]
                + ["Market Value (USD)"],
                ["NA", "National Bank of Canada", "Toronto Stock Exchange", 100, 88.5]
                + [8850.0],
                [660, "SK hynix Inc", "Korea Exchange", 50, 137.0, 6850.0],
                [5930, "Samsung Electronics Co Ltd", "Korea Exchange", 200, 36.0]
                + [7200.0],
                ["BRK.B", "Berkshire Hathaway Inc Cl B", "NYSE", 10, 468.7, 4687.0],
                ["BF/B", "Brown-Forman Corp Cl B", "NYSE", 100, 33.0, 3300.0],
                [700, "Tencent Holdings Ltd", "Hong Kong Exchange", 100, 52.0, 5200.0],
                [True, "TrueCar Inc", "NASDAQ", 1000, 3.5, 3500.0],
            ]
        }
    )
    for row in (3, 4):
        book["Positions"].cell(row, 1).number_format = "000000"
    save(book, "cells_tickers.xlsx")

    save(
        book_of(
            {
                "Sheet1": [
                    ["Name", "ISIN", "Quantity", "Price USD", "Value USD"],
                    ["Apple Inc", "US0378331005", 100, 236.0, "=C2*D2"],
                    ["NVIDIA Corp", "US67066G1040", 50, 120.0, "=C3*D3"],
                    ["Tesla Inc", "US88160R1014", -10, 404.6, "=C4*D4"],
                    ["Total", None, None, None, "=SUM(E2:E4)"],
                ]
            }
        ),
        "cells_formulas_not_calculated.xlsx",
    )


def write_calculated() -> None:
    """Write workbooks with calculated formulas and with formulas that failed."""
    for name, price, values in (
        ("cells_formulas_calculated.xlsx", 120.0, [23600.0, 6000.0, -4046.0, 25554.0]),
        ("cells_errors.xlsx", "#N/A", [23600.0, "#N/A", -4046.0, "#N/A"]),
    ):
        book = xlsxwriter.Workbook(str(FILES / name))
        book.set_properties({"created": dt.datetime(2025, 1, 31)})  # noqa: DTZ001
        sheet = book.add_worksheet("Positions")
        sheet.write_row(0, 0, ["Name", "ISIN", "Quantity", "Price USD", "Value USD"])
        sheet.write_row(1, 0, ["Apple Inc", "US0378331005", 100, 236.0])
        sheet.write_row(2, 0, ["NVIDIA Corp", "US67066G1040", 50])
        sheet.write_formula(2, 3, "=VLOOKUP(B3,Prices!A:B,2,0)", value=price)
        sheet.write_row(3, 0, ["Tesla Inc", "US88160R1014", -10, 404.6])
        sheet.write(4, 0, "Total")
        formulas = ["=C2*D2", "=C3*D3", "=C4*D4", "=SUM(E2:E4)"]
        for row, (formula, value) in enumerate(zip(formulas, values, strict=True), 1):
            sheet.write_formula(row, 4, formula, value=value)
        book.close()


def write_factsheet() -> None:
    """Write a fact sheet whose largest holdings stand above the full list."""
    rows: Rows = [
        ["Sample World Fund"],
        ["Data as at 31/01/2025"],
        ["Top 3 holdings", "% of fund"],
        ["Microsoft Corp", 22.5],
        ["Apple Inc", 20.0],
        ["Nestle SA", 17.5],
        ["Total top 3", 60.0],
        [],
        ["Full portfolio"],
        ["Holding", "ISIN", "Country", "% of fund"],
        ["Microsoft Corp", "US5949181045", "US", 22.5],
        ["Apple Inc", "US0378331005", "US", 20.0],
        ["Nestle SA", "CH0038863350", "CH", 17.5],
        ["Toyota Motor Corp", "JP3633400001", "JP", 15.0],
        ["ASML Holding NV", "NL0010273215", "NL", 12.0],
        ["Unilever PLC", "GB00B10RZP78", "GB", 11.0],
        ["Cash", None, None, 2.0],
    ]
    save(book_of({"Factsheet": rows}), "fund_top_ten_above.xlsx")


def write_bank() -> None:
    """Write the workbook that was also converted to two older formats."""
    rows: Rows = [
        ["Depotauszug"],
        ["Stand", dt.date(2025, 1, 31)],
        [],
        ["Bezeichnung", "ISIN", "Stück", "Kurs", "Währung", "Wert EUR"],
        ["SAP SE", "DE0007164600", 100, 267.45, "EUR", 26745.0],
        ["Apple Inc", "US0378331005", 50, 236.0, "USD", 11346.15],
        ["Kontokorrent", None, None, None, "EUR", -1091.15],
        ["Summe", None, None, None, None, 37000.0],
    ]
    book = book_of({"Depot": rows})
    book["Depot"]["B2"].number_format = "dd.mm.yyyy"
    save(book, "bank_small.xlsx")


def write_bonds() -> None:
    """Write bonds with coupon, maturity, accrued interest and two values each."""
    rows: Rows = [
        ["Bond portfolio", None, None, None, None, "31 January 2025"],
        ["Name", "ISIN", "Currency", "Nominal", "Coupon", "Maturity", "Clean Price"]
        + ["Clean Value EUR", "Accrued Interest EUR", "Market Value EUR", "Weight"],
        ["Bundesrepublik Deutschland", "DE0001102606", "EUR", 100000, 1.7]
        + [dt.date(2032, 8, 15), 95.12, 95120.0, 787.12, 95907.12, 0.537],
        ["Republique Francaise OAT", "FR0013508470", "EUR", 50000, 0.0]
        + [dt.date(2026, 2, 25), 97.5, 48750.0, 0.0, 48750.0, 0.273],
        ["Bundesrepublik Deutschland", "DE0001102580", "EUR", 40000, 0.0]
        + [dt.date(2032, 2, 15), 84.8, 33920.0, 0.0, 33920.0, 0.19],
        ["Total", None, None, None, None, None, None, 177790.0, 787.12, 178577.12, 1.0],
    ]
    book = book_of({"Bonds": rows})
    for row in (3, 4, 5):
        book["Bonds"].cell(row, 6).number_format = "dd.mm.yyyy"
    for row in (3, 4, 5, 6):
        book["Bonds"].cell(row, 11).number_format = "0.0%"
    save(book, "bonds_accrued.xlsx")


def write_parquet() -> None:
    """Write the positions of a risk system as columns with types."""
    import pyarrow as pa
    from pyarrow import parquet

    table = pa.table(
        {
            "as_of_date": [dt.date(2025, 1, 31)] * 4,
            "portfolio_id": ["EQ01"] * 4,
            "isin": ["US0378331005", "DE0007164600", "US88160R1014", None],
            "security_name": ["APPLE INC", "SAP SE", "TESLA INC", "CASH USD"],
            "asset_type": ["Equity", "Equity", "Equity", "Cash"],
            "quantity": pa.array([100.0, 50.0, -20.0, None], pa.float64()),
            "local_currency": ["USD", "EUR", "USD", "USD"],
            "market_value_usd": pa.array([23600.0, 13907.4, -8092.0, 584.6]),
        }
    )
    parquet.write_table(table, FILES / "risk_positions.parquet")


def write_disguised() -> None:
    """Write files called .xls that are a web page and an XML spreadsheet."""
    head = ["Security Name", "ISIN", "Quantity", "Price", "Currency", "Value (USD)"]
    rows = [
        ["Apple Inc", "US0378331005", "100", "236.00", "USD", "23,600.00"],
        ["AT&amp;T Inc", "US00206R1023", "200", "23.70", "USD", "4,740.00"],
        ["Cash", "&nbsp;", "&nbsp;", "&nbsp;", "USD", "1,660.00"],
        ["Total", "", "", "", "", "30,000.00"],
    ]
    lines = "\n".join(
        "<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in rows
    )
    page = (
        "<html><head><meta charset='utf-8'><title>Positions</title></head><body>\n"
        "<p>Account 778-1 as of 31 Jan 2025</p>\n<table border=1>\n<tr>"
        + "".join(f"<th>{c}</th>" for c in head)
        + f"</tr>\n{lines}\n</table></body></html>\n"
    )
    (FILES / "broker_web_page.xls").write_bytes(page.encode())

    def cell(value: object) -> str:
        kind = "Number" if isinstance(value, int | float) else "String"
        return f'<Cell><Data ss:Type="{kind}">{value}</Data></Cell>'

    table: Rows = [
        ["Ticker", "Name", "Weight (%)", "Shares"],
        ["AAPL", "APPLE INC", 60.5, 1000],
        ["NVDA", "NVIDIA CORP", 38.25, 1250],
        ["-", "US DOLLAR", 1.25, 4875],
    ]
    body = "\n".join(
        "<Row>" + "".join(cell(v) for v in row) + "</Row>" for row in table
    )
    xml = (
        '<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">\n'
        f'<Worksheet ss:Name="Holdings"><Table>\n{body}\n</Table></Worksheet>\n'
        "</Workbook>\n"
    )
    (FILES / "fund_spreadsheetml.xls").write_bytes(xml.encode())


def write_prose() -> None:
    """Write a workbook of sentences."""
    rows: Rows = [
        ["How to read this report"],
        [],
        ["1", "Holdings are shown at market value in the fund's base currency."],
        ["2", "Weights are a percentage of net assets and may not add to 100."],
        ["3", "For the full portfolio of 31 January 2025 write to your adviser."],
    ]
    save(book_of({"Notes": rows}), "refused_prose.xlsx")


def main() -> None:
    """Write all fixtures but the two that LibreOffice converted."""
    FILES.mkdir(exist_ok=True)
    write_texts()
    write_headers()
    write_india()
    write_sheets()
    write_hidden()
    write_cells()
    write_calculated()
    write_factsheet()
    write_bank()
    write_bonds()
    write_parquet()
    write_disguised()
    write_prose()


if __name__ == "__main__":
    main()
