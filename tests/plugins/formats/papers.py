"""Invoice files of our own making: no real person, company or number."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import zxingcpp
from PIL import Image

from core import qr

NUMBER, TOTAL = "26112000000012345678", 106_000
SELLER_ID, BUYER_ID = "91110108MA01ABCD5T", "91310115MA1K00007Q"

VOUCHER = f"""<?xml version="1.0" encoding="utf-8" standalone="yes"?>
<EInvoice><Header><EIid>{NUMBER}</EIid><InherentLabel><InIssuType><LabelCode>Y</LabelCode></InIssuType>
<GeneralOrSpecialVAT><LabelCode>01</LabelCode></GeneralOrSpecialVAT></InherentLabel></Header>
<EInvoiceData><SellerInformation><SellerIdNum>{SELLER_ID}</SellerIdNum><SellerName>北京示例科技有限公司</SellerName>
</SellerInformation><BuyerInformation><BuyerIdNum>{BUYER_ID}</BuyerIdNum><BuyerName>上海样例贸易有限公司</BuyerName>
</BuyerInformation><BasicInformation><TotalAmWithoutTax>1000.00</TotalAmWithoutTax><TotalTaxAm>60.00</TotalTaxAm>
<TotalTax-includedAmount>1060.00</TotalTax-includedAmount><RequestTime>2026-11-24 10:00:00</RequestTime>
</BasicInformation><IssuItemInformation><ItemName>*信息技术服务*软件开发</ItemName><SpecMod/><MeaUnits>项</MeaUnits>
<Quantity>1</Quantity><UnPrice>1000</UnPrice><Amount>1000.00</Amount><TaxRate>0.060000</TaxRate>
<ComTaxAm>60.00</ComTaxAm><TotaltaxIncludedAmount>1060.00</TotaltaxIncludedAmount></IssuItemInformation>
</EInvoiceData><TaxSupervisionInfo><InvoiceNumber>{NUMBER}</InvoiceNumber><IssueTime>2026-11-24</IssueTime>
<TaxBureauName>国家税务总局北京市税务局</TaxBureauName></TaxSupervisionInfo>
<TaxBureauSignature><SignatureValue>abcd</SignatureValue></TaxBureauSignature></EInvoice>"""

OFD_ROOT = """<?xml version="1.0" encoding="UTF-8"?><ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016"><ofd:DocBody>
<ofd:DocInfo/><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>"""
OFD_DOCUMENT = """<ofd:Document xmlns:ofd="http://www.ofdspec.org/2016"><ofd:CommonData>
<ofd:TemplatePage ID="9" BaseLoc="Tpls/Tpl_0/Content.xml"/></ofd:CommonData>
<ofd:Pages><ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages>
<ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments><ofd:CustomTags>Tags/CustomTags.xml</ofd:CustomTags>
</ofd:Document>"""
OFD_PAGE = f"""<ofd:Page xmlns:ofd="http://www.ofdspec.org/2016"><ofd:Template TemplateID="9"/>
<ofd:Content><ofd:Layer>
<ofd:TextObject ID="11" Boundary="10 10 60 5" Size="3">
<ofd:TextCode X="0" Y="3" DeltaX="g 19 1.5">{NUMBER}</ofd:TextCode></ofd:TextObject>
<ofd:TextObject ID="12" Boundary="10 20 60 5" Size="3">
<ofd:TextCode X="0" Y="3">2026年11月24日</ofd:TextCode></ofd:TextObject>
<ofd:TextObject ID="13" Boundary="9 9 9 9" Size="3">
<ofd:TextCode X="0" Y="3">¥</ofd:TextCode></ofd:TextObject>
<ofd:TextObject ID="14" Boundary="9 9 9 9" Size="3">
<ofd:TextCode X="0" Y="3">1060.00</ofd:TextCode></ofd:TextObject></ofd:Layer></ofd:Content></ofd:Page>"""
TAG_INDEX = '<CustomTags><CustomTag TypeID=""><FileLoc>CustomTag.xml</FileLoc></CustomTag></CustomTags>'
OFD_TAGS = """<?xml version="1.0"?>
<:eInvoice xmlns:=""><InvoiceNo><ofd:ObjectRef PageRef="1">11</ofd:ObjectRef></InvoiceNo>
<IssueDate><ofd:ObjectRef PageRef="1">12</ofd:ObjectRef></IssueDate><TaxInclusiveTotalAmount>
<ofd:ObjectRef PageRef="1">13</ofd:ObjectRef>
<ofd:ObjectRef PageRef="1">14</ofd:ObjectRef></TaxInclusiveTotalAmount>
</:eInvoice>"""
OLDER = f"""<?xml version="1.0" encoding="utf-8"?>
<eInvoice xmlns:fp="http://www.edrm.org.cn/schema/e-invoice/2019"><fp:InvoiceCode>031002600111</fp:InvoiceCode>
<fp:InvoiceNo>00012345</fp:InvoiceNo><fp:IssueDate>2026年11月24日</fp:IssueDate>
<fp:InvoiceCheckCode>01234 56789 01234 56789</fp:InvoiceCheckCode>
<fp:Buyer><fp:BuyerName>个人</fp:BuyerName></fp:Buyer>
<fp:Seller><fp:SellerName>北京示例科技有限公司</fp:SellerName><fp:SellerTaxID>{SELLER_ID}</fp:SellerTaxID></fp:Seller>
<fp:TaxInclusiveTotalAmount>57.00</fp:TaxInclusiveTotalAmount><fp:TaxTotalAmount>***</fp:TaxTotalAmount>
<fp:TaxExclusiveTotalAmount>57.00</fp:TaxExclusiveTotalAmount><fp:GoodsInfos><fp:GoodsInfo><fp:Item>*餐饮服务*餐费</fp:Item>
<fp:Quantity>1</fp:Quantity><fp:Price>57</fp:Price><fp:Amount>57.00</fp:Amount><fp:TaxScheme>免税</fp:TaxScheme>
</fp:GoodsInfo></fp:GoodsInfos></eInvoice>"""


def zipped(parts: dict[str, str | bytes]) -> bytes:
    """An archive of these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def ofd(attachment: str = "", tags: str = OFD_TAGS, **more: str | bytes) -> bytes:
    """An OFD with tags, and with an attached file where one is given."""
    parts: dict[str, str | bytes] = {
        "OFD.xml": OFD_ROOT,
        "Doc_0/Document.xml": OFD_DOCUMENT,
        "Doc_0/Pages/Page_0/Content.xml": OFD_PAGE,
        "Doc_0/Tpls/Tpl_0/Content.xml": OFD_PAGE.replace('TemplateID="9"', 'TemplateID="0"'),
        "Doc_0/Tags/CustomTags.xml": TAG_INDEX,
        "Doc_0/Tags/CustomTag.xml": tags,
    }
    if attachment:
        parts["Doc_0/Attachs/Attachments.xml"] = (
            '<Attachments><Attachment ID="1" Name="original_invoice"><FileLoc>original_invoice.xml</FileLoc>'
            "</Attachment></Attachments>"
        )
        parts["Doc_0/Attachs/original_invoice.xml"] = attachment
    return zipped(parts | more)


def code(text: str = "") -> Image.Image:
    """A picture of a QR code."""
    said = text or qr.write("31", NUMBER, TOTAL, date(2026, 11, 24))
    barcode = zxingcpp.create_barcode(said, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    picture = Image.fromarray(zxingcpp.write_barcode_to_image(barcode, scale=6))
    framed = Image.new("L", (picture.width + 80, picture.height + 80), 255)
    framed.paste(picture, (40, 40))
    return framed


def picture(text: str = "", kind: str = "PNG") -> bytes:
    """The same as a file."""
    out = io.BytesIO()
    code(text).save(out, kind)
    return out.getvalue()


def pdf(text: str = "") -> bytes:
    """A page of A5 with the code in its upper left corner."""
    page = Image.new("L", (1240, 874), 255)
    page.paste(code(text).resize((220, 220)), (40, 30))
    out = io.BytesIO()
    page.save(out, "PDF", resolution=150.0)
    return out.getvalue()
