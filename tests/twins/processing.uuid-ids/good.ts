import { Controller, Get, Param, ParseUUIDPipe } from "@nestjs/common";
import { Column, Entity, PrimaryGeneratedColumn } from "typeorm";

@Entity()
export class Order {
  @PrimaryGeneratedColumn("uuid")
  id: string;

  @Column()
  total: number;
}

@Controller("orders")
export class OrderController {
  @Get(":id")
  show(@Param("id", ParseUUIDPipe) id: string) {
    return this.orders.need(id);
  }
}
