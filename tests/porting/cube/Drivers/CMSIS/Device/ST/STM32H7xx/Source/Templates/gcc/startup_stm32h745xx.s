/* SPDX-License-Identifier: MIT */
/* Stand-in for ST's file of this name: vector table and reset code of either core. */
    .syntax unified
    .thumb

    .global g_pfnVectors
    .global Default_Handler

    .section .text.Reset_Handler, "ax", %progbits
    .global Reset_Handler
    .type Reset_Handler, %function
Reset_Handler:
    ldr sp, =_estack
    bl ExitRun0Mode
    bl SystemInit
    ldr r0, =_sdata
    ldr r1, =_edata
    ldr r2, =_sidata
    b 2f
1:  ldr r3, [r2], #4
    str r3, [r0], #4
2:  cmp r0, r1
    bcc 1b
    ldr r0, =_sbss
    ldr r1, =_ebss
    movs r3, #0
    b 4f
3:  str r3, [r0], #4
4:  cmp r0, r1
    bcc 3b
    bl __libc_init_array
    bl main
5:  b 5b
    .size Reset_Handler, .-Reset_Handler

    .section .text.Default_Handler, "ax", %progbits
    .type Default_Handler, %function
Default_Handler:
    b Default_Handler
    .size Default_Handler, .-Default_Handler

    .macro handler name
    .weak \name
    .thumb_set \name, Default_Handler
    .word \name
    .endm

    .section .isr_vector, "a", %progbits
    .type g_pfnVectors, %object
g_pfnVectors:
    .word _estack
    .word Reset_Handler
    handler NMI_Handler
    handler HardFault_Handler
    handler MemManage_Handler
    handler BusFault_Handler
    handler UsageFault_Handler
    .word 0, 0, 0, 0
    handler SVC_Handler
    handler DebugMon_Handler
    .word 0
    handler PendSV_Handler
    handler SysTick_Handler
    .rept 39
    .word Default_Handler
    .endr
    handler USART3_IRQHandler       /* 39 */
    .rept 125 - 40
    .word Default_Handler
    .endr
    handler HSEM1_IRQHandler        /* 125 */
    handler HSEM2_IRQHandler
    .rept 150 - 127
    .word Default_Handler
    .endr
    .size g_pfnVectors, .-g_pfnVectors
