import { Controller, Get, Param, ParseIntPipe } from "@nestjs/common";
import { Column, Entity, PrimaryGeneratedColumn } from "typeorm";

@Entity()
export class Order {
  @PrimaryGeneratedColumn()
  id: number;

  @Column()
  total: number;
}

@Controller("orders")
export class OrderController {
  @Get(":id") // BAD
  show(@Param("id", ParseIntPipe) id: number) {
    return this.orders.need(id);
  }
}
