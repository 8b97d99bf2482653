# SPDX-License-Identifier: MIT
"""
Where the vendor's SVD file is wrong or incomplete, and what is true instead (RM0399, vendor header,
dumps of real boards). Everything not listed here must agree with the file.
"""

# Names of firmware blocks and registers that the SVD file spells differently.
BLOCK_NAMES = {
    "FLASH": "Flash",
    "USART": "USART1",
    "GPIO": "GPIOA",
    "IWDG": "IWDG1",
    "WWDG": "WWDG1",
    "DAC1": "DAC",
    "FDCAN_CCU": "CAN_CCU",
    "DFSDM1": "DFSDM",
    "HRTIM": "HRTIM_Master",
    "ETH": "Ethernet_MAC",
    "OTG_HS": "OTG1_HS_GLOBAL",
    "OTG_FS": "OTG2_HS_GLOBAL",
    "DLYB_SDMMC1": "DELAY_Block_SDMMC1",
    "DLYB_SDMMC2": "DELAY_Block_SDMMC2",
    "DLYB_QUADSPI": "DELAY_Block_QUADSPI",
    "COMP": "COMP1",
}
REGISTER_NAMES = {
    ("HSEM", "R0"): "HSEM_R0",
    ("FLASH", "ECC_FA1"): "ECC_FA1R",
    ("FLASH", "ECC_FA2"): "ECC_FA2R",
    ("RCC", "APB1LLPENR"): "APB1LLPENR",
}

# Registers of firmware's header that the SVD file lacks: the second core's, mostly.
MISSING_REGISTERS = {
    # PRAR_PRG2 it has at bank 1's offset.
    "FLASH": {"BOOT7_CUR", "BOOT7_PRG", "BOOT4_CUR", "BOOT4_PRG", "PRAR_PRG2"},
    "EXTI": {"C1IMR1", "C1EMR1", "C1PR1", "C1IMR3", "C1EMR3", "C2IMR1", "C2EMR1", "C2PR1", "C2IMR3", "C2EMR3"},
    "PWR": {"CPU1CR", "CPU2CR"},  # the first it calls CPUCR
    "RCC": {"C2_AHB3ENR", "CSICFGR"},
    "SYSCFG": {"SR0"},
}

# Fields the file lacks, or has at another place.
WRONG_FIELDS = {
    ("FLASH", "ACR"): {"LATENCY"},  # four bits
    ("FLASH", "OPTSR_CUR"): {"BCM4", "BCM7", "IWDG2_SW"},
    ("FLASH", "SR1"): {"CRCRDERR"},
    ("RCC", "APB1LENR"): {"WWDG2EN"},
    ("RCC", "GCR"): {"WW2RSC", "BOOT_C1", "BOOT_C2"},
    ("RCC", "RSR"): {"SFT1RSTF", "SFT2RSTF", "IWDG2RSTF", "WWDG2RSTF", "C2RSTF", "LPWR2RSTF"},
}

# Same field, other name in the file.
FIELD_NAMES = {
    ("FLASH", "CR1"): lambda f: f + "1",
    ("FLASH", "CR2"): lambda f: f + "2",
    ("FLASH", "SR1"): lambda f: f + "1",
    ("FLASH", "SR2"): lambda f: f + "2",
}

# Blocks whose reset values the file has wrong as a whole.
UNTRUSTED_RESETS = {"Flash", "FDCAN1", "FDCAN2"} | {f"GPIO{p}" for p in "BCDEFGHIJK"}

# Reset values of the low-power enables: every bit the core can set (RM0399); the file says 0.
LPENR = {
    "AHB3LPENR": 0xF0015131,
    "AHB1LPENR": 0x1E03C023,
    "AHB2LPENR": 0xE0000271,
    "AHB4LPENR": 0x312807FF,
    "APB3LPENR": 0x00000058,
    "APB1LLPENR": 0xE8FFCBFF,
    "APB1HLPENR": 0x00000136,
    "APB2LPENR": 0x31D73033,
    "APB4LPENR": 0x0021DEAA,
}

# Reset values of an ADC by RM0399: in deep power-down, the queue of contexts off, thresholds wide open.
ADC = {"CR": 0x20000000, "CFGR": 0x80000000, "LTR1": 0, "LHTR1": 0x03FFFFFF, "HTR1": 0x03FFFFFF, "HTR2": 0x03FFFFFF, "HTR3": 0x03FFFFFF}

# Single reset values: what a real chip, or the manual, says instead.
RESETS = {
    ("RCC", "CR"): 0x0000C025,
    ("RCC", "HSICFGR"): 0x40000400,  # factory calibration, any value
    ("RCC", "CRRCR"): 0x00000200,
    ("RCC", "RSR"): 0x00FE0000,
    ("RCC", "C1_RSR"): 0x00FE0000,
    ("RCC", "APB4ENR"): 0x00010000,  # RTCAPBEN, by a real chip
    ("RCC", "C1_APB4ENR"): 0x00010000,
    ("PWR", "D3CR"): 0x00006000,  # VOSRDY
    ("EXTI", "CPUIMR2"): 0xFFF5DFFF,
    ("EXTI", "CPUIMR3"): 0x0181FFFF,
    ("GPIOA", "PUPDR"): 0x64000000,
    ("GPIOA", "IDR"): 0x0000A000,  # the pull-ups of the debug pins
    ("DBGMCU", "IDC"): 0x20036450,
    ("SYSCFG", "CCCSR"): 0x00000100,  # READY
    ("SYSCFG", "PKGR"): 0x00000003,
    ("SYSCFG", "UR0"): 0x00AA0000,
    ("SYSCFG", "UR1"): 0x00010001,
    ("SYSCFG", "UR2"): 0x08000000,
    ("SYSCFG", "UR3"): 0x08101FF0,
    ("SYSCFG", "UR4"): 0x00001000,
    ("SYSCFG", "UR5"): 0x00FF0000,
    ("SYSCFG", "UR6"): 0x000000FF,
    ("SYSCFG", "UR7"): 0x000000FF,
    ("SYSCFG", "UR9"): 0x00FF00FF,
    ("SYSCFG", "UR10"): 0x00FF0000,
    ("SYSCFG", "UR11"): 0x00010000,
    ("SYSCFG", "UR12"): 0x00000001,
    ("SYSCFG", "UR13"): 0x00010000,
    ("SYSCFG", "UR14"): 0x00010001,
    ("SYSCFG", "UR15"): 0x00010001,
    ("SYSCFG", "UR16"): 0x00000001,
    ("RTC", "RTC_SSR"): 0x000000FF,
    ("OTG1_HS_GLOBAL", "OTG_HS_GRSTCTL"): 0x80000000,  # AHBIDL is bit 31
    ("OTG2_HS_GLOBAL", "OTG_HS_GRSTCTL"): 0x80000000,
    ("TIM2", "ARR"): 0xFFFFFFFF,
    ("TIM5", "ARR"): 0xFFFFFFFF,
    **{(f"TIM{n}", "ARR"): 0xFFFF for n in (1, 3, 4, 6, 7, 8, 12, 13, 14, 15, 16, 17)},
    **{(f"ADC{n}", name): value for n in (1, 2, 3) for name, value in ADC.items()},
    **{("RCC", prefix + name): value for prefix in ("", "C1_") for name, value in LPENR.items()},
}

# Blocks the part does not have (only the H747/757 has DSI), though the file lists them.
ABSENT = {"DSIHOST"}

# Blocks whose writable bits are compared, too.
WRITE_CHECKED = ("PWR", "SYSCFG", "CRC", "RNG", "USART1", "USART3", "GPIOA", "TIM2", "TIM6", "IWDG1", "DBGMCU")

# Bits that a register has beyond the fields of the file.
EXTRA_BITS = {
    ("PWR", "CR3"): 0x00000030,  # SDLEVEL
    ("PWR", "CPUCR"): 0x00000410,  # HOLD2, HOLD2F
    ("DBGMCU", "CR"): 0x000001FF,  # D2 and D3 bits of the header
}

# ---- the second source (second.txt) ----

# Blocks and registers whose reset values it has wrong: no values of option bytes, one value for
# every element of an array, zeros for FDCAN.
SECOND_UNTRUSTED = {"FDCAN1", "FDCAN2", ("OTG1_HS_GLOBAL", "DIEPTXF"), ("OTG2_HS_GLOBAL", "DIEPTXF")} | {
    ("FLASH", f"{name}{copy}")
    for name in ("OPTSR_CUR", "OPTSR_PRG", "BOOT7_CURR", "BOOT7_PRGR", "BOOT4_CURR", "BOOT4_PRGR")
    for copy in ("", "_")
}

# Single reset values that it has wrong, and what the manual or a real chip says.
SECOND_RESETS = {
    **{(f"WWDG{n}", name): 0x7F for n in (1, 2) for name in ("CR", "CFR")},
    **{(f"IWDG{n}", name): 0xFFF for n in (1, 2) for name in ("RLR", "WINR")},
    ("EXTI", "C1IMR2"): 0xFFF5DFFF,
    ("EXTI", "C1IMR3"): 0x0181FFFF,
    ("EXTI", "C2IMR2"): 0xFFF5DFFF,
    ("EXTI", "C2IMR3"): 0x0181FFFF,
    ("RTC", "SSR"): 0x000000FF,
    ("RCC", "CSICFGR"): 0x20000080,
    ("CRC", "DR16"): 0xFFFFFFFF,  # a narrow view of DR
    ("OTG1_HS_GLOBAL", "GRSTCTL"): 0x80000000,
    ("OTG2_HS_GLOBAL", "GRSTCTL"): 0x80000000,
}

# Bits beyond its fields that the model takes all the same.
SECOND_EXTRA = {
    ("RCC", "RSR"): 0x00040000,  # RMVF clears the flags, C2RSTF among them
    ("RCC", "C1_RSR"): 0x00040000,
    ("CRC", "DR16"): 0xFFFF0000,
    **{(f"ADC{n}", "AWD3CR"): 1 for n in (1, 2, 3)},  # channel 0; it has them one bit too high
    ("QUADSPI", "DR8"): 0xFFFFFF00,
    ("EXTI", "D3PCR3H"): 0x00030000,  # line 88; it has the next one
    ("HRTIM_COMMON", "IER"): 0x00010000,  # in the vendor's file
    ("HRTIM_COMMON", "EECR3"): 0x10410410,
    ("ETHERNET_MAC", "MACLETR"): 0x00000007,
}
