class MembersController < ApplicationController
  def create
    @member = Member.create!(member_params)
    render json: @member, only: %i[id name]
  end

  private

  def member_params
    params.require(:member).permit(:name, :mail)
  end
end
