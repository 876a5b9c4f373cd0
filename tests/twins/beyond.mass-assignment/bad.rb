class MembersController < ApplicationController
  def create
    @member = Member.new(params.require(:member).permit!) # BAD
    @member.save!
    render json: @member
  end
end
