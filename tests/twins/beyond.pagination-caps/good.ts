import { Controller, Get, Query } from "@nestjs/common";
import { PrismaService } from "./prisma.service";

@Controller("orders")
export class OrderController {
  constructor(private readonly prisma: PrismaService) {}

  @Get()
  list(@Query("take") take: string) {
    return this.prisma.order.findMany({ take: Math.min(Number(take), 100), orderBy: { id: "asc" } });
  }
}
